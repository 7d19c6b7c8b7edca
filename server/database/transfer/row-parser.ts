// Parses lines of an export file as rows.

import { z } from 'zod';
import type { ColumnKind } from '../mapping/mapping.ts';
import { createFileError, tryParseJson } from './file-format.ts';
import type { TransferTable } from './transfer-tables.ts';

/** The section with the last assigned ids. */
export const lastIdsSection = 'last_ids';

export type Row = Record<string, string | number | null>;

/**
 * Parses a line of a table. Only the exact text that an export writes is accepted.
 * @throws StartupError the line is not such a row, with the reason
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

/** A table and the last id that it assigned. */
export type LastIdRow = { name: string; id: number };

/** @throws StartupError the line does not contain a last assigned id */
export const parseLastId = createParser<LastIdRow>(
  lastIdsSection,
  z.strictObject({ name: z.string(), id: z.int().min(0) }),
);

function createParser<Parsed>(section: string, schema: z.ZodType<Parsed>): (line: string, number: number) => Parsed {
  return (line, number) => {
    const { data, error } = schema.safeParse(tryParseJson(line));
    if (data && JSON.stringify(data) === line) return data;
    const [issue] = error?.issues ?? [];
    const reason = issue ? [...issue.path, issue.message].join(': ') : 'not written as an export writes it';
    throw createFileError(number, `not a row of ${section}: ${reason}`);
  };
}
