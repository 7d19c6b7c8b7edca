// A load of so many requests a second, whatever the answers take: only where too many are waiting, fewer are sent.

import { setTimeout as pause } from 'node:timers/promises';
import { type Busy, watchCpus } from './busy.ts';
import type { Candidate } from './candidate.ts';
import { JsonClient } from './json-client.ts';

export type Paced = Busy & { perSecond: number };

type Pace = { perSecond: number; seconds: number; connections: number };

const tickMs = 5;

/** @throws Error an answer is not a success, or does not come */
export async function paced(
  target: Candidate,
  send: (client: JsonClient) => Promise<unknown>,
  { perSecond, seconds, connections }: Pace,
): Promise<Paced> {
  using client = new JsonClient(target, connections);
  const sent = new Set<Promise<unknown>>();
  const endWatch = await watchCpus(target);
  const begun = performance.now();
  let count = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - begun) {
    while (count < (elapsedMs * perSecond) / 1_000 && sent.size < connections) {
      const answered: Promise<unknown> = send(client).then(() => sent.delete(answered));
      sent.add(answered);
      count += 1;
    }
    await Promise.race([pause(tickMs), ...(sent.size < connections ? [] : sent)]);
  }
  await Promise.all(sent);
  const { elapsedMs, ...busy } = await endWatch();
  return { ...busy, perSecond: (count * 1_000) / elapsedMs };
}
