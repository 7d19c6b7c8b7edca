// The data that must survive a power cut: everything that responses have shown.

import { isWrite, type Observation } from './load.ts';
import type { Recording } from './recording.ts';

/** A version of an order that a response has shown. */
export type ShownOrder = { id: number; version: number; status: string };
/** A validation that a response has shown. */
export type ShownRun = { id: number; orderId: number; state: string };
/** The response to a request with an idempotency key. */
export type ShownKey = { key: string; status: number; text: string };

/** `at`: the number of the operation with the response. */
type Guaranteed = { at: number } & ({ order: ShownOrder } | { run: ShownRun } | { key: ShownKey });

/** The data that responses have shown up to a point of a recording. */
export class Guarantees {
  readonly orders: ShownOrder[] = [];
  readonly runs: ShownRun[] = [];
  readonly keys: ShownKey[] = [];
  /** The number of acknowledged writes. */
  writes = 0;
  readonly #guaranteed: Guaranteed[];
  readonly #writesAt: number[];
  #next = 0;

  /** @throws Error the recording lacks a response that a client has received */
  constructor(recording: Recording, observations: readonly Observation[]) {
    const positions = findResponses(recording);
    const located = observations.map((observation) => ({ observation, at: requirePosition(positions, observation) }));
    located.sort((a, b) => a.at - b.at);
    this.#guaranteed = located.flatMap(({ observation, at }) => listGuarantees(observation, at));
    this.#writesAt = located.filter(({ observation }) => isWrite(observation)).map(({ at }) => at);
  }

  /** Adds what responses up to this operation of the recording have shown. */
  advance(last: number): void {
    for (; (this.#guaranteed[this.#next]?.at ?? Infinity) <= last; this.#next += 1) {
      const guaranteed = this.#guaranteed[this.#next];
      if (!guaranteed) continue;
      if ('order' in guaranteed) this.orders.push(guaranteed.order);
      else if ('run' in guaranteed) this.runs.push(guaranteed.run);
      else this.keys.push(guaranteed.key);
    }
    while ((this.#writesAt[this.writes] ?? Infinity) <= last) this.writes += 1;
  }
}

/** Returns the number of the operation of each response, by request id. */
function findResponses({ operations }: Recording): Map<string, number> {
  const positions = new Map<string, number>();
  for (const [at, operation] of operations.entries()) {
    if (operation.kind !== 'response') continue;
    for (const [, id = ''] of operation.data.toString('latin1').matchAll(/^x-request-id: (\S+)/gim)) {
      positions.set(id, at);
    }
  }
  return positions;
}

function requirePosition(positions: ReadonlyMap<string, number>, { requestId, pathname }: Observation): number {
  const at = positions.get(requestId);
  if (at === undefined) throw new Error(`the response ${requestId} of ${pathname} was not recorded`);
  return at;
}

function listGuarantees({ pathname, idempotencyKey, status, text }: Observation, at: number): Guaranteed[] {
  const body = JSON.parse(text);
  const guaranteed: Guaranteed[] = [];
  if (pathname.startsWith('/orders')) {
    if ('validation' in body && 'message' in body) guaranteed.push({ at, run: body.validation });
    else guaranteed.push({ at, order: body });
  } else if (pathname.startsWith('/validations/')) guaranteed.push({ at, run: body });
  if (idempotencyKey !== null) guaranteed.push({ at, key: { key: idempotencyKey, status, text } });
  return guaranteed;
}
