// The routes of the service, as far as the SDK must know them.

/** One endpoint of the service. */
export type ApiRoute = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The path with its parameters, as in `/orders/:orderId`. */
  readonly path: string;
  /** Whether a body is sent even if it has no fields. */
  readonly hasBody?: true;
  /** Whether the response is a stream of server-sent events. */
  readonly isStream?: true;
  /** How the pages of a list continue: with `nextCursor` as `cursor`, or with `nextAfter` as `after`. */
  readonly paging?: 'cursor' | 'position' | undefined;
  /** Statuses of 300 and above whose responses are results instead of errors. */
  readonly values?: readonly number[];
};

/** Group → operation → route. */
export type ApiRoutes = Readonly<Record<string, Readonly<Record<string, ApiRoute>>>>;
