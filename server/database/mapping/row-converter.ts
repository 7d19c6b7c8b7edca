// Converts the rows of reads. Connections return the values of a row in the order of its columns, so that a row can be
// written as JSON text without a record in between.

/**
 * Converts rows to results. Called once per statement with the names of its columns; the returned function is called
 * for each row.
 */
export type RowConverter<Result> = (columns: readonly string[]) => (values: readonly unknown[]) => Result;

/** Converts rows to records with one field per column. */
export const convertToRecord: RowConverter<Record<string, unknown>> = (columns) => (values) => {
  const record: Record<string, unknown> = {};
  let index = 0;
  for (const column of columns) record[column] = values[index++];
  return record;
};

/** Returns the position of a column. @throws Error the statement does not select it */
export function findColumn(columns: readonly string[], name: string): number {
  const index = columns.indexOf(name);
  if (index < 0) throw new Error(`the statement does not select the column ${name}`);
  return index;
}
