// The events of a rare type are found without looking at all others. Every entry of an index ends with the position,
// which is the key of the row: so those of a type come in the order of the log.

import { Migration } from '@mikro-orm/migrations';

export class Migration004EventsByType extends Migration {
  override up(): void {
    this.addSql('create index events_type on events (type)');
  }
}
