// Sends requests to randomly chosen nodes, and repeats them on other nodes after lost connections and timeouts.

import { setTimeout as pause } from 'node:timers/promises';
import { type Client, ConnectionError, createClient, ProblemError } from '../../../client/index.ts';
import { contractFetch } from '../http/contract-fetch.ts';
import type { Nodes } from './nodes.ts';
import type { Random } from './random.ts';
import type { Outcome, RecordedWrite, WriteLog } from './write-log.ts';

const longestPauseMs = 200;
/** Longer than a node needs to report an unreachable database, shorter than a node may be frozen. */
const timeoutMs = 12_000;

const clients = new Map<string, Client>();

/** Returns the client of a node. It checks responses against the contract. */
export function createNodeClient(url: string): Client {
  const client = clients.get(url) ?? createClient({ baseUrl: url, fetch: contractFetch, timeoutMs, maxRetries: 0 });
  clients.set(url, client);
  return client;
}

/** Returns the cause of a failure after which a request may be repeated; undefined for all other errors. */
function classifyFailure(error: unknown): keyof WriteLog['failures'] | undefined {
  if (error instanceof ProblemError) return error.code === 'unavailable' ? 'unavailable' : undefined;
  if (!(error instanceof ConnectionError)) return undefined;
  if (error.cause instanceof DOMException && error.cause.name === 'TimeoutError') return 'timeout';
  // Violations of the contract, which `contractFetch` finds, are not TypeErrors.
  return error.cause instanceof TypeError ? 'broken' : undefined;
}

export type RequestContext = {
  readonly nodes: Nodes;
  readonly random: Random;
  readonly writeLog: WriteLog;
};

/** Sends a request until a node responds. @throws the error of a response, `unavailable` excepted */
export async function requestWithRetry<Result>(
  { nodes, random, writeLog }: RequestContext,
  send: (client: Client) => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const url = await nodes.pick(random);
    try {
      return await send(createNodeClient(url));
    } catch (error) {
      const failure = classifyFailure(error);
      if (!failure) throw error;
      writeLog.failures[failure] += 1;
      await pause(random.below(longestPauseMs));
    }
  }
}

/**
 * Sends a write and records its outcome.
 * @param isRepeatable whether it is repeated after a failure
 */
export async function recordWrite(
  context: RequestContext,
  write: Omit<RecordedWrite, 'outcome' | 'sends' | 'timeouts'>,
  send: (client: Client) => Promise<Outcome>,
  isRepeatable: boolean,
): Promise<Outcome> {
  const counts = { sends: 0, timeouts: 0 };
  const sendAndCount = async (client: Client) => {
    counts.sends += 1;
    try {
      return await send(client);
    } catch (error) {
      if (classifyFailure(error) === 'timeout') counts.timeouts += 1;
      throw error;
    }
  };
  const outcome = await awaitOutcome(context, sendAndCount, isRepeatable);
  context.writeLog.writes.push({ ...write, ...counts, outcome });
  return outcome;
}

async function awaitOutcome(
  context: RequestContext,
  send: (client: Client) => Promise<Outcome>,
  isRepeatable: boolean,
): Promise<Outcome> {
  try {
    if (isRepeatable) return await requestWithRetry(context, send);
    return await send(createNodeClient(await context.nodes.pick(context.random)));
  } catch (error) {
    if (!isRepeatable && classifyFailure(error)) return { kind: 'unknown' };
    if (error instanceof ProblemError && error.status < 500) return { kind: 'problem', problem: error.problem };
    throw error;
  }
}
