// The results of operations: promises of response bodies that also give access to the response.

/** The response to a call. */
export interface ApiResponse<Data> {
  /** The body. Undefined if the response has none (204, or 304 of a conditional read). */
  readonly data: Data;
  /** The HTTP status. */
  readonly status: number;
  readonly headers: Headers;
  /** The `ETag` header, as in `"3"`: the version of an order. */
  readonly etag: string | undefined;
  /** The id of the request in the log of the service. */
  readonly requestId: string | undefined;
  /** Whether this is the stored response of an earlier request with the same idempotency key. */
  readonly isReplayed: boolean;
  /** The number of attempts, including the first. */
  readonly attempts: number;
}

/** A sent request: a promise of the response body. */
export interface Call<Data> extends Promise<Data> {
  /** Returns the body together with status, headers, ETag and request id. */
  withResponse(): Promise<ApiResponse<Data>>;
}

/**
 * A list. Nothing is sent until it is used:
 * `for await (const order of client.orders.list({…}))` reads all pages, 100 entries at a time unless `limit` is given;
 * `await client.orders.list({…})` and `.page()` read one page.
 */
export interface List<Page, Item> extends Call<Page>, AsyncIterable<Item> {
  /** Reads one page: the first, or the one that `cursor`, `offset` or `after` select. */
  page(): Promise<Page>;
}

/** Creates the result of an operation. */
export function createCall<Data>(response: Promise<ApiResponse<Data>>): Call<Data> {
  const data = response.then((result) => result.data);
  const withResponse = () => {
    // A failure is reported by the returned promise only. The other one is not awaited.
    data.catch(() => {});
    return response;
  };
  return Object.assign(data, { withResponse });
}
