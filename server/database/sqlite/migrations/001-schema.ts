// The initial schema on SQLite. Columns that end in `_ms` are milliseconds since the epoch; other times are RFC 3339
// text.

import { Migration } from '@mikro-orm/migrations';

/**
 * Positions are AUTOINCREMENT, so a position is never reused, even after its row is deleted. Foreign keys are checked
 * at the commit, because the unit of work does not write in the order of the references.
 */
export class Migration001Schema extends Migration {
  override up(): void {
    this.#createOrders();
    this.#createRuns();
    this.#createEvents();
    this.#createWebhooks();
    this.#createIdempotencyKeys();
    this.#createCounters();
  }

  #createOrders(): void {
    this.addSql(`create table orders (
      id integer primary key,
      reference text,
      customer_id text not null,
      currency text not null,
      items text not null,
      total integer not null,
      note text,
      metadata text not null,
      status text not null check (status in ('CREATED', 'VALIDATED', 'APPROVED', 'REJECTED')),
      version integer not null check (version >= 1),
      rejection text,
      validation_id integer,
      validation_state text,
      created_by text not null,
      contributors text not null,
      created_at text not null,
      updated_at text not null
    ) strict`);
    this.addSql('create unique index orders_reference on orders (reference) where reference is not null');
    this.addSql('create index orders_status on orders (status, id)');
    this.addSql('create index orders_customer on orders (customer_id, id)');
    this.addSql('create index orders_created on orders (created_at, id)');
    this.addSql('create index orders_status_created on orders (status, created_at, id)');
  }

  #createRuns(): void {
    this.addSql(`create table validation_runs (
      id integer primary key,
      order_id integer not null references orders (id) deferrable initially deferred,
      order_version integer not null,
      state text not null check (state in ('queued', 'running', 'passed', 'failed', 'dead', 'cancelled')),
      attempt integer not null,
      max_attempts integer not null,
      policy_version text not null,
      findings text not null,
      error text,
      fence integer not null,
      created_at text not null,
      started_at text,
      finished_at text
    ) strict`);
    this.addSql('create index validation_runs_order on validation_runs (order_id, id)');
    this.addSql(`create unique index validation_runs_open on validation_runs (order_id)
      where state in ('queued', 'running')`);
    this.addSql("create index validation_runs_waiting on validation_runs (created_at) where state = 'queued'");
    this.addSql(`create table validation_jobs (
      run_id integer primary key references validation_runs (id) deferrable initially deferred,
      due_at_ms integer not null,
      leased_until_ms integer
    ) strict`);
    this.addSql('create index validation_jobs_due on validation_jobs (due_at_ms) where leased_until_ms is null');
    this.addSql(
      'create index validation_jobs_leased on validation_jobs (leased_until_ms) where leased_until_ms is not null',
    );
  }

  #createEvents(): void {
    this.addSql(`create table events (
      position integer primary key autoincrement,
      id text not null unique,
      type text not null,
      timestamp text not null,
      order_id integer references orders (id) deferrable initially deferred,
      sequence integer,
      webhook_id integer,
      actor_type text not null,
      actor_id text not null,
      request_id text,
      client_request_id text,
      address text,
      data text not null,
      unique (order_id, sequence),
      check ((order_id is null) = (sequence is null) and (order_id is null) <> (webhook_id is null))
    ) strict`);
    this.addSql('create index events_type on events (type)');
  }

  #createWebhooks(): void {
    this.addSql(`create table webhooks (
      id integer primary key,
      url text not null,
      types text,
      description text,
      secret text not null,
      former_secret text,
      former_secret_until text,
      pause_reason text,
      paused_at text,
      position integer not null,
      failing_delivery_id integer,
      failures integer not null,
      failing_since text,
      due_at_ms integer not null,
      fence integer not null,
      leased_until_ms integer,
      created_by text not null,
      created_at text not null,
      updated_at text not null
    ) strict`);
    this.addSql(`create table webhook_deliveries (
      id integer primary key,
      webhook_id integer not null,
      kind text not null check (kind in ('event', 'redelivery', 'test')),
      state text not null check (state in ('pending', 'delivered', 'failed', 'skipped')),
      event_id text not null,
      event_type text not null,
      position integer,
      attempts text not null,
      next_attempt_at text,
      created_at text not null,
      finished_at text
    ) strict`);
    this.addSql('create index webhook_deliveries_webhook on webhook_deliveries (webhook_id, id)');
    this.addSql(`create index webhook_deliveries_undelivered on webhook_deliveries (webhook_id, id)
      where state <> 'delivered'`);
    this.addSql(`create index webhook_deliveries_pending on webhook_deliveries (webhook_id, id)
      where state = 'pending'`);
    this.addSql(`create index webhook_deliveries_finished on webhook_deliveries (finished_at)
      where finished_at is not null`);
  }

  #createIdempotencyKeys(): void {
    this.addSql(`create table idempotency_keys (
      id integer primary key,
      principal text not null,
      key text not null,
      fingerprint text not null,
      status integer not null,
      headers text not null,
      body text not null,
      created_at text not null,
      unique (principal, key)
    ) strict`);
    this.addSql('create index idempotency_keys_created on idempotency_keys (created_at)');
  }

  #createCounters(): void {
    this.addSql('create table counters (name text primary key, value integer not null) strict, without rowid');
    this.addSql(`insert into counters (name, value) values
      ('orders.CREATED', 0), ('orders.VALIDATED', 0), ('orders.APPROVED', 0), ('orders.REJECTED', 0), ('runs.open', 0),
      ('webhooks.lastId', 0), ('deliveries.lastId', 0)`);
  }
}
