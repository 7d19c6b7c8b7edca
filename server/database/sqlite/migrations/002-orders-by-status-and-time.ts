// Orders of a status within a span of time are found without looking at those of other statuses.

import { Migration } from '@mikro-orm/migrations';

export class Migration002OrdersByStatusAndTime extends Migration {
  override up(): void {
    this.addSql('create index orders_status_created on orders (status, created_at, id)');
  }
}
