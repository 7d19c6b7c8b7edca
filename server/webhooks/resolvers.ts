// Resolves host names to addresses. Callers decide which of the addresses may be used.

import { lookup, Resolver } from 'node:dns/promises';
import { hasErrorCode } from '../shared/error-code.ts';

/** Returns the addresses of a name, in order of preference. Rejects with a code of `node:dns` if there are none. */
export type Resolve = (name: string) => Promise<string[]>;

type ResolverOptions = {
  /** Name servers, as in `127.0.0.1:5353`. @default those of the system */
  readonly servers?: string[];
  /** The longest time for one name. @default 5,000 ms */
  readonly limitMs?: number;
};

/** How long to wait for the second address family after the first was resolved (RFC 8305, section 3). */
const graceMs = 50;

/**
 * Creates a resolver that queries name servers directly. The system's `getaddrinfo` occupies one of four threads, which
 * file operations need too; names that do not resolve in time would block them all. Hosts files are not read.
 */
export function createPublicResolver({ servers, limitMs = 5_000 }: ResolverOptions = {}): Resolve {
  return async (name) => {
    // One resolver for each name, because `cancel` ends all queries of a resolver.
    const resolver = new Resolver({ timeout: limitMs / 4, tries: 2 });
    if (servers) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    const queries = [resolver.resolve4(name), resolver.resolve6(name)];
    let timer = setTimeout(cancel, limitMs);
    const firstAnswer = Promise.any(queries).then(
      () => {
        clearTimeout(timer);
        timer = setTimeout(cancel, graceMs);
      },
      () => undefined,
    );
    const [results] = await Promise.all([Promise.allSettled(queries), firstAnswer]);
    clearTimeout(timer);
    const addresses = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (addresses.length === 0) throw chooseError(results);
    return addresses;
  };
}

/** Prefers an error that may be temporary: if one address family does not exist, the other may still. */
function chooseError(results: PromiseSettledResult<string[]>[]): unknown {
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  return reasons.find((reason) => !isNameNotFound(reason)) ?? reasons[0];
}

/** Whether an error means that the name does not exist or has no address, so that a retry will not help soon. */
export function isNameNotFound(error: unknown): boolean {
  return hasErrorCode(error, 'ENOTFOUND', 'ENODATA');
}

/** Resolves names as the system does, with hosts files and `localhost`. Occupies a thread of the thread pool. */
export const systemResolver: Resolve = async (name) => {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
};
