// Webhooks, and what was sent to them.

import { Migration } from '@mikro-orm/migrations';

export class Migration005Webhooks extends Migration {
  override up(): void {
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
      stuck_delivery_id integer,
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
    this.addSql("insert into counters (name, value) values ('webhooks.lastId', 0), ('deliveries.lastId', 0)");
  }
}
