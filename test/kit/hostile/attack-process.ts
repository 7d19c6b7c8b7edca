// The process of the hostile callers. It receives its targets as a message, attacks until it is killed, and reports on
// request.

import { setPriority } from 'node:os';
import { Attackers, type Target } from './attackers.ts';

/** The targets of the attackers by the principal whose token they have. */
export type AttackSetup = { stalled: Target[]; streams: Target; readers: Target[]; others: Target };

/** The CPU time of the attackers counts against the machine of the clients, not against the service. */
const lowPriority = 19;

const largePage = '/events?limit=100';
const attackers = new Attackers();

process.on('message', (message: AttackSetup | 'report') => {
  if (message === 'report') process.send?.(attackers.report);
  else attack(message);
});
process.once('disconnect', () => process.exit());

function attack({ stalled, streams, readers, others }: AttackSetup): void {
  setPriority(lowPriority);
  for (const target of stalled) attackers.holdUnread(target, largePage, { connections: 28, requests: 8 });
  attackers.holdUnread(streams, '/events/stream?after=0', { connections: 60, requests: 1 });
  for (const target of readers) void attackers.readPages(target, largePage);
  attackers.holdIdle(others, 1_500);
  attackers.pipeline(others, 20);
  attackers.holdBodies(others, 200);
}
