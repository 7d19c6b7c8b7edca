// Lists: one page as a promise, or all entries as an iterable.

import { type ApiResponse, type Call, createCall, type List } from './call.ts';
import type { ApiRoute } from './request/route.ts';

type Input = Readonly<Record<string, unknown>>;
type AnyPage = { data: unknown[]; page: { nextCursor?: string | null; nextAfter?: number } };

/** The number of entries that are read at a time when all pages are read. It is the maximum of the service. */
const walkLimit = 100;

/** A list of a route with pages. */
export class PageList implements List<AnyPage, unknown> {
  readonly [Symbol.toStringTag] = 'List';
  readonly #input: Input;
  readonly #paging: ApiRoute['paging'];
  readonly #read: (input: Input) => Promise<ApiResponse<AnyPage>>;
  #call: Call<AnyPage> | undefined;

  constructor(input: Input, paging: ApiRoute['paging'], read: (input: Input) => Promise<ApiResponse<AnyPage>>) {
    this.#input = input;
    this.#paging = paging;
    this.#read = read;
  }

  page(): Promise<AnyPage> {
    return this.#send();
  }

  withResponse(): Promise<ApiResponse<AnyPage>> {
    return this.#send().withResponse();
  }

  // biome-ignore lint/suspicious/noThenProperty: a list can be awaited, which reads one page.
  then: Call<AnyPage>['then'] = (onFulfilled, onRejected) => this.#send().then(onFulfilled, onRejected);

  catch: Call<AnyPage>['catch'] = (onRejected) => this.#send().catch(onRejected);

  finally: Call<AnyPage>['finally'] = (onFinally) => this.#send().finally(onFinally);

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, void> {
    let input: Input | undefined = { ...this.#input, limit: this.#input.limit ?? walkLimit };
    while (input) {
      const { data }: ApiResponse<AnyPage> = await this.#read(input);
      yield* data.data;
      input = this.#toNext(input, data);
    }
  }

  /** Sends the request once, however often the list is awaited. */
  #send(): Call<AnyPage> {
    this.#call ??= createCall(this.#read(this.#input));
    return this.#call;
  }

  /** Returns the input of the next page; undefined after the last. A feed ends with an empty page. */
  #toNext({ offset: _, ...input }: Input, { data, page }: AnyPage): Input | undefined {
    if (this.#paging === 'position') return data.length === 0 ? undefined : { ...input, after: page.nextAfter };
    return page.nextCursor ? { ...input, cursor: page.nextCursor } : undefined;
  }
}
