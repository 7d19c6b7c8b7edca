// Faults injected under load: nodes are killed and frozen, and PostgreSQL crashes.

import { setTimeout as pause } from 'node:timers/promises';
import { waitUntil } from '../wait-until.ts';
import type { Cluster } from './cluster.ts';
import type { Random } from './random.ts';
import type { WriteLog } from './write-log.ts';

/**
 * Longer than leases and heartbeats are valid: other nodes have taken over the work of a node that is frozen so long.
 */
const longestFreezeMs = 25_000;
/** The number of crashes of PostgreSQL. */
export const databaseRestarts = 2;

export type FaultOptions = {
  /** The duration of the fault injection. */
  seconds: number;
  /** Ends the fault injection early. */
  stop: AbortSignal;
};

/** Kills a node every few seconds, and freezes at most one other node at a time; returns the number of faults. */
export async function injectNodeFaults(
  { nodes, takeoverMonitor }: Cluster,
  random: Random,
  { seconds, stop }: FaultOptions,
): Promise<{ kills: number; freezes: number }> {
  const end = performance.now() + seconds * 1_000;
  const counts = { kills: 0, freezes: 0 };
  let frozen: { thaw: () => void; until: number } | undefined;
  while (performance.now() < end && !stop.aborted) {
    await pause(500 + random.below(3_000));
    if (frozen && performance.now() > frozen.until) {
      frozen.thaw();
      frozen = undefined;
    }
    const thaw = !frozen && random.chance(0.2) ? nodes.freeze(random) : undefined;
    if (thaw) {
      frozen = { thaw, until: performance.now() + random.below(longestFreezeMs) };
      counts.freezes += 1;
      continue;
    }
    const node = await nodes.kill(random);
    if (node === undefined) continue;
    counts.kills += 1;
    await takeoverMonitor.recordOrphans(node);
  }
  frozen?.thaw();
  return counts;
}

/** Crashes and restarts PostgreSQL under load. From the second crash on, a node is killed while the server is down. */
export async function restartDatabase({ nodes, server }: Cluster, random: Random, { writes }: WriteLog): Promise<void> {
  const waitForWrites = async () => {
    const target = writes.length + 100;
    await waitUntil(
      () => writes.length,
      (count) => count >= target,
      60_000,
    );
  };
  for (let restart = 0; restart < databaseRestarts; restart += 1) {
    await waitForWrites();
    await server.stop('SIGQUIT');
    if (restart > 0) await nodes.kill(random);
    await server.start();
  }
  await waitForWrites();
}
