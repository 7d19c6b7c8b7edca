// The first form of the database.

import { Migration } from '@mikro-orm/migrations';

/**
 * Positions are AUTOINCREMENT: a position that was once given is never given again, even if its row is gone.
 * Foreign keys are checked at the commit, since a unit of work writes in an order of its own.
 */
export class Migration001Initial extends Migration {
  override up(): void {
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
      created_at text not null,
      updated_at text not null
    ) strict`);
    this.addSql('create unique index orders_reference on orders (reference) where reference is not null');
    this.addSql('create index orders_status on orders (status, id)');
    this.addSql('create index orders_customer on orders (customer_id, id)');
    this.addSql('create index orders_created on orders (created_at, id)');

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

    this.addSql(`create table events (
      position integer primary key autoincrement,
      id text not null unique,
      type text not null,
      timestamp text not null,
      order_id integer not null references orders (id) deferrable initially deferred,
      sequence integer not null,
      actor_type text not null,
      actor_id text not null,
      request_id text,
      data text not null,
      unique (order_id, sequence)
    ) strict`);

    this.addSql(`create table validation_jobs (
      run_id integer primary key references validation_runs (id) deferrable initially deferred,
      due_at integer not null,
      leased_until integer
    ) strict`);
    this.addSql('create index validation_jobs_due on validation_jobs (due_at) where leased_until is null');
    this.addSql('create index validation_jobs_leased on validation_jobs (leased_until) where leased_until is not null');

    this.addSql('create table counters (name text primary key, value integer not null) strict, without rowid');
    this.addSql(`insert into counters (name, value) values
      ('orders.CREATED', 0), ('orders.VALIDATED', 0), ('orders.APPROVED', 0), ('orders.REJECTED', 0), ('runs.open', 0)`);
  }
}
