// Who had a part in an order, from where an event was caused, and the answers that are kept.

import { Migration } from '@mikro-orm/migrations';

export class Migration003Trust extends Migration {
  override up(): void {
    this.addSql("alter table orders add column contributors text not null default '[]'");
    this.addSql(`update orders set contributors = (
      select json_group_array(distinct actor_id) from events
      where order_id = orders.id and actor_type = 'user' and type in ('order.created', 'order.updated'))`);
    this.addSql('alter table events add column address text');
    this.addSql(`create table kept_answers (
      id integer primary key,
      principal text not null,
      key text not null,
      fingerprint text not null,
      status integer not null,
      headers text not null,
      body text not null,
      kept_at text not null,
      unique (principal, key)
    ) strict`);
    this.addSql('create index kept_answers_kept on kept_answers (kept_at)');
  }
}
