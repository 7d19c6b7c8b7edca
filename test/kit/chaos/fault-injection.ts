// What is done to nodes and to their database while people work with them.

import { setTimeout as pause } from 'node:timers/promises';
import { waitUntil } from '../wait-until.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';
import type { RequestLog } from './request-log.ts';

/** Longer than leases and signs of life last: what a node had is with others when it goes on. */
const longestFreezeMs = 25_000;
/** How often PostgreSQL crashes. */
export const databaseRestarts = 2;

export type FaultOptions = {
  /** For how long nodes are killed. */
  seconds: number;
  /** Aborts when all is over. */
  over: AbortSignal;
};

/** Kills nodes, one every few seconds, and lets another one stand still now and then; answers how many. */
export async function injectNodeFaults(
  { nodes, takeovers }: Cluster,
  random: Random,
  { seconds, over }: FaultOptions,
): Promise<{ kills: number; freezes: number }> {
  const end = performance.now() + seconds * 1_000;
  const harm = { kills: 0, freezes: 0 };
  let frozen: { thaw: () => void; until: number } | undefined;
  while (performance.now() < end && !over.aborted) {
    await pause(500 + random.below(3_000));
    if (frozen && performance.now() > frozen.until) {
      frozen.thaw();
      frozen = undefined;
    }
    const thaw = !frozen && random.chance(0.2) ? nodes.freeze(random) : undefined;
    if (thaw) {
      frozen = { thaw, until: performance.now() + random.below(longestFreezeMs) };
      harm.freezes += 1;
      continue;
    }
    const node = await nodes.kill(random);
    if (node === undefined) continue;
    harm.kills += 1;
    await takeovers.recordOrphans(node);
  }
  frozen?.thaw();
  return harm;
}

/** Crashes PostgreSQL and starts it again, always under load; a node that dies meanwhile comes back with it. */
export async function restartDatabase(
  { nodes, server }: Cluster,
  random: Random,
  { writes }: RequestLog,
): Promise<void> {
  const untilMoreIsWritten = async () => {
    const enough = writes.length + 100;
    await waitUntil(
      () => writes.length,
      (count) => count >= enough,
      60_000,
    );
  };
  for (let restart = 0; restart < databaseRestarts; restart += 1) {
    await untilMoreIsWritten();
    await server.stop('SIGQUIT');
    if (restart > 0) await nodes.kill(random);
    await server.start();
  }
  await untilMoreIsWritten();
}
