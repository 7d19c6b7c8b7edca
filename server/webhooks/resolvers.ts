// Finds the addresses of a name. What they are worth is judged by whoever asks.

import { lookup, Resolver } from 'node:dns/promises';

/** All addresses of a name, the best first. Fails with a code of Node's `dns` where there are none. */
export type Resolve = (name: string) => Promise<string[]>;

type ResolverOptions = {
  /** Name servers to ask, as in `127.0.0.1:5353`. Default: those of the system. */
  readonly servers?: string[];
  /** How long everything about one name may take. Default: 5 s. */
  readonly limitMs?: number;
};

/** So long one family of addresses is waited for when there are some of the other (RFC 8305, section 3). */
const graceMs = 50;

/**
 * Asks name servers without a thread: the lookup of the system takes one of four that files, too, have to wait for, and
 * names that hang would hold them all. Hosts files are not read.
 */
export function createPublicResolver({ servers, limitMs = 5_000 }: ResolverOptions = {}): Resolve {
  return async (name) => {
    // A resolver of its own, since giving one up gives up all its questions.
    const resolver = new Resolver({ timeout: limitMs / 4, tries: 2 });
    if (servers) resolver.setServers(servers);
    const giveUp = () => resolver.cancel();
    const questions = [resolver.resolve4(name), resolver.resolve6(name)];
    let timer = setTimeout(giveUp, limitMs);
    const hurrying = Promise.any(questions).then(
      () => {
        clearTimeout(timer);
        timer = setTimeout(giveUp, graceMs);
      },
      () => undefined,
    );
    const [answers] = await Promise.all([Promise.allSettled(questions), hurrying]);
    clearTimeout(timer);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0) throw chooseError(answers);
    return addresses;
  };
}

/** A name that has none of one kind may still have the other; only the failure that leaves it open is told. */
function chooseError(answers: PromiseSettledResult<string[]>[]): unknown {
  const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  return reasons.find((reason) => !isNameNotFound(reason)) ?? reasons[0];
}

/** Whether this says that there is no such name, or that it has no address: asking again will not help soon. */
export function isNameNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');
}

/** As every program of this machine resolves names, hosts files and `localhost` included. It takes a thread. */
export const systemResolver: Resolve = async (name) => {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
};
