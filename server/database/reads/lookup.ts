// The description of a read of single rows by their id.

import type { RowConverter } from '../mapping/row-converter.ts';

/** A read by id. Lookups with the same value can be read together. */
export type Lookup<Result> = {
  table: 'orders' | 'validation_runs';
  /** The columns, separated by commas. */
  columns: string;
  converter: RowConverter<Result>;
};
