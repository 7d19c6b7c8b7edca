// Finds the target of a method and a path. Paths are matched exactly: they are case-sensitive, and a trailing slash
// makes a difference.

type Row<Target> = { method: string; segments: readonly string[]; target: Target };

/** A route, and the segments of the path that matched its pattern. */
export type Route<Target> = { target: Target; pattern: readonly string[]; segments: readonly string[] };

/** Routes by method and path. */
export class RouteTable<Target> {
  /** By the number of segments, so that a lookup compares few rows. */
  readonly #rows = new Map<number, Row<Target>[]>();

  /** @param path a parameter is a segment of the form `:name` */
  add(method: string, path: string, target: Target): void {
    const segments = path.split('/');
    const rows = this.#rows.get(segments.length);
    if (rows) rows.push({ method, segments, target });
    else this.#rows.set(segments.length, [{ method, segments, target }]);
  }

  /** Returns the route of a request. HEAD has the route of GET (RFC 9110, section 9.3.2). */
  find(method: string, pathname: string): Route<Target> | undefined {
    const routeMethod = method === 'HEAD' ? 'GET' : method;
    const segments = pathname.split('/');
    const row = this.#rows
      .get(segments.length)
      ?.find((row) => row.method === routeMethod && matches(row.segments, segments));
    return row && { target: row.target, pattern: row.segments, segments };
  }

  /** Returns the methods that a path has routes for. */
  findMethods(pathname: string): string[] {
    const segments = pathname.split('/');
    const rows = this.#rows.get(segments.length) ?? [];
    return rows.filter((row) => matches(row.segments, segments)).map(({ method }) => method);
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]));
}

/**
 * Returns the decoded parameters of the path that matched a route.
 * @throws URIError a parameter has bad percent-encoding
 */
export function parsePathParameters({ pattern, segments }: Route<unknown>): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(segments[index] ?? '');
  }
  return params;
}
