// Finds what a method and a path lead to. Paths are exact: their case counts, and so does a slash at the end.

type RouteEntry<Target> = { method: string; segments: readonly string[]; target: Target };

export type Route<Target> = { target: Target; pattern: readonly string[]; segments: readonly string[] };

export class RouteTable<Target> {
  /** By the number of segments, so that few have to be compared. */
  readonly #rows = new Map<number, RouteEntry<Target>[]>();

  /** @param path its parameters are segments written `:name` */
  add(method: string, path: string, target: Target): void {
    const segments = path.split('/');
    const rows = this.#rows.get(segments.length);
    if (rows) rows.push({ method, segments, target });
    else this.#rows.set(segments.length, [{ method, segments, target }]);
  }

  /** What answers a request; HEAD is answered like GET (RFC 9110, section 9.3.2). */
  find(method: string, pathname: string): Route<Target> | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method;
    const segments = pathname.split('/');
    const row = this.#rows.get(segments.length)?.find((row) => row.method === wanted && fits(row.segments, segments));
    return row && { target: row.target, pattern: row.segments, segments };
  }

  /** The methods that a path knows. */
  findMethods(pathname: string): string[] {
    const segments = pathname.split('/');
    const rows = this.#rows.get(segments.length) ?? [];
    return rows.filter((row) => fits(row.segments, segments)).map(({ method }) => method);
  }
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]));
}

/**
 * The parameters of the path that has led to a route.
 * @throws URIError one has bad percent-encoding
 */
export function parsePathParameters({ pattern, segments }: Route<unknown>): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(segments[index] ?? '');
  }
  return params;
}
