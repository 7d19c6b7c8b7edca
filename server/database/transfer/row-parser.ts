// Rows as lines of the file between two databases, and what is wrong with a line that is none.

import { z } from 'zod';
import type { ColumnKind } from '../mapping/mapping.ts';
import { createFileError, tryParseJson } from './file-format.ts';
import type { TransferTable } from './transfer-tables.ts';

/** Under which name the ids that were given last stand in the file. */
export const lastIdsSection = 'last_ids';

export type Row = Record<string, string | number | null>;

/**
 * Reads a line of a table, with its number. What is not written exactly as the export would write it is no row.
 * @throws StartError what is wrong with it
 */
export type RowParser = (line: string, number: number) => Row;

const isJson = (text: string) => tryParseJson(text) !== undefined;

const kinds: Record<ColumnKind, z.ZodType<string | number>> = {
  integer: z.int(),
  text: z.string(),
  time: z.iso.datetime({ precision: 3 }),
  json: z.string().refine(isJson, 'must be JSON'),
  list: z.string().refine(isJson, 'must be JSON'),
};

export function createRowParser({ name, columns }: TransferTable): RowParser {
  const shape = columns.map((column): [string, z.ZodType<Row[string]>] => {
    const kind = kinds[column.kind];
    return [column.name, column.isNullable ? kind.nullable() : kind];
  });
  return createParser(name, z.strictObject(Object.fromEntries(shape)));
}

/** What was given last by whom. */
export type LastIdRow = { name: string; id: number };

/** @throws StartError what is wrong with a line that should say which id was given last */
export const parseLastId = createParser<LastIdRow>(
  lastIdsSection,
  z.strictObject({ name: z.string(), id: z.int().min(0) }),
);

function createParser<Parsed>(section: string, schema: z.ZodType<Parsed>): (line: string, number: number) => Parsed {
  return (line, number) => {
    const { data, error } = schema.safeParse(tryParseJson(line));
    if (data && JSON.stringify(data) === line) return data;
    const [issue] = error?.issues ?? [];
    const reason = issue ? [...issue.path, issue.message].join(': ') : 'it is written otherwise than an export does';
    throw createFileError(number, `this is no row of ${section}: ${reason}`);
  };
}
