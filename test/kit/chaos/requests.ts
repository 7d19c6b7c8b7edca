// Sends a request to a node by chance, and to another when the connection breaks or the node cannot do it: only then.

import { setTimeout as pause } from 'node:timers/promises';
import { type Client, ConnectionError, createClient, ProblemError } from '../../../client/index.ts';
import { contractFetch } from '../contract-fetch.ts';
import type { Nodes } from './nodes.ts';
import type { Random } from './random.ts';
import type { Outcome, RecordedWrite, RequestLog } from './request-log.ts';

const longestPauseMs = 200;
/** Longer than a node needs to tell that the database is away, shorter than one may stand still. */
const timeoutMs = 12_000;

const clients = new Map<string, Client>();

/** One client for each node, whose answers are held against the contract. */
export function createNodeClient(url: string): Client {
  const known = clients.get(url) ?? createClient({ baseUrl: url, fetch: contractFetch, timeoutMs });
  clients.set(url, known);
  return known;
}

/** Why a request was not answered, where it may be sent again; whatever else went wrong fails the test. */
function lossOf(error: unknown): keyof RequestLog['failures'] | undefined {
  if (error instanceof ProblemError) return error.code === 'unavailable' ? 'unavailable' : undefined;
  if (!(error instanceof ConnectionError)) return undefined;
  if (error.cause instanceof DOMException && error.cause.name === 'TimeoutError') return 'late';
  // What the fetch of the tests finds wrong with an answer is no TypeError.
  return error.cause instanceof TypeError ? 'broken' : undefined;
}

export type RequestContext = {
  readonly nodes: Nodes;
  readonly random: Random;
  readonly requestLog: RequestLog;
};

/** Asks until there is an answer. */
export async function requestWithRetry<Answer>(
  { nodes, random, requestLog }: RequestContext,
  question: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    const url = await nodes.pick(random);
    try {
      return await question(createNodeClient(url));
    } catch (error) {
      const loss = lossOf(error);
      if (!loss) throw error;
      requestLog.failures[loss] += 1;
      await pause(random.below(longestPauseMs));
    }
  }
}

/**
 * Writes, and keeps what came of it.
 * @param isRepeatable whether it may be sent again
 */
export async function recordWrite(
  sender: RequestContext,
  entry: Omit<RecordedWrite, 'outcome' | 'sends' | 'timeouts'>,
  send: (client: Client) => Promise<Outcome>,
  isRepeatable: boolean,
): Promise<Outcome> {
  const counts = { sends: 0, timeouts: 0 };
  const counted = async (client: Client) => {
    counts.sends += 1;
    try {
      return await send(client);
    } catch (error) {
      if (lossOf(error) === 'late') counts.timeouts += 1;
      throw error;
    }
  };
  const outcome = await outcomeOf(sender, counted, isRepeatable);
  sender.requestLog.writes.push({ ...entry, ...counts, outcome });
  return outcome;
}

async function outcomeOf(
  sender: RequestContext,
  send: (client: Client) => Promise<Outcome>,
  isRepeatable: boolean,
): Promise<Outcome> {
  try {
    return isRepeatable
      ? await requestWithRetry(sender, send)
      : await send(createNodeClient(await sender.nodes.pick(sender.random)));
  } catch (error) {
    if (!isRepeatable && lossOf(error)) return { kind: 'unknown' };
    if (error instanceof ProblemError && error.status < 500) return { kind: 'refused', problem: error.problem };
    throw error;
  }
}
