// Loads the state that a group of commands is decided on.

import type { EntityManager } from '@mikro-orm/sql';
import type { IdempotencyKey } from '../database/mapping/stored-response.ts';
import type { Store } from '../database/store.ts';
import { loadHead } from '../database/writes/events.ts';
import { loadExpiredKeys, loadStoredResponses } from '../database/writes/idempotency-keys.ts';
import { loadOrdersAndRuns, loadReferences } from '../database/writes/orders.ts';
import { loadDeliveries, loadExpiredDeliveries, loadWebhooks } from '../database/writes/webhooks.ts';
import type { AttemptCapacity, ReadSet } from '../domain/state.ts';
import { type LoadedState, UnitOfWork } from './unit-of-work.ts';

/** Loads the read sets of a group, and the responses stored under the keys. */
export async function loadUnitOfWork(
  em: EntityManager,
  store: Pick<Store, 'dialect' | 'recentRows'>,
  readSets: ReadSet[],
  keys: readonly IdempotencyKey[],
  now: string,
  attempts: AttemptCapacity,
): Promise<UnitOfWork> {
  const { dialect } = store;
  const collectAll = <Name extends keyof ReadLists>(name: Name) => collect(readSets, name);
  const expired = collectAll('expired');
  // The queries are sent in this order and may be pipelined. Every transaction locks orders before webhooks, so that
  // nodes cannot deadlock. Stored responses are read after the locks, so that a repeated request finds the response.
  const [entities, webhooks, responses, references, ids, head, expiredKeys, expiredDeliveries] = await Promise.all([
    loadOrdersAndRuns(em, store, collectAll('orderIds'), collectAll('runIds')),
    loadWebhooks(em, dialect, collectAll('webhookIds')),
    loadStoredResponses(em, dialect, keys, now),
    loadReferences(em, dialect, collectAll('references')),
    dialect.allocateIds(
      em,
      readSets.map(({ ids = [] }) => ids),
    ),
    readSets.some(({ head }) => head) ? loadHead(em) : undefined,
    expired.has('idempotencyKeys') ? loadExpiredKeys(em, now) : [],
    expired.has('deliveries') ? loadExpiredDeliveries(em, now) : [],
  ]);
  const failingIds = webhooks.flatMap(({ failingDeliveryId }) => failingDeliveryId ?? []);
  const deliveries = await loadDeliveries(em, collectAll('deliveryIds').union(new Set(failingIds)));
  const loaded: LoadedState = {
    ...{ entities, webhooks, responses, references, ids, head, deliveries },
    expired: { idempotencyKeys: expiredKeys, deliveries: expiredDeliveries },
  };
  return new UnitOfWork(loaded, now, attempts);
}

type ReadLists = Required<Omit<ReadSet, 'head' | 'ids'>>;

/** Returns the distinct entries of one list of all read sets. */
function collect<Name extends keyof ReadLists>(readSets: ReadSet[], name: Name): Set<ReadLists[Name][number]> {
  return new Set(readSets.flatMap((readSet): ReadLists[Name][number][] => [...(readSet[name] ?? [])]));
}
