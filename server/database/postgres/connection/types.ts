// Parses PostgreSQL values into the same form as on SQLite: numbers, RFC 3339 in UTC, JSON as text.

import { type CustomTypesConfig, types } from 'pg';

const bigint = 20;
const json = 114;
const timestamptz = 1184;
const jsonb = 3802;

/** Set per pool or connection, because the global parsers of `pg` are shared with other users. */
export const rowTypes: CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') => {
    return parsers.get(id) ?? types.getTypeParser(id, format ?? 'text');
  }) as CustomTypesConfig['getTypeParser'],
};

const parsers = new Map<number, (text: string) => unknown>([
  [bigint, parseSafeInteger],
  [timestamptz, parseTimestamp],
  [json, (text) => text],
  [jsonb, (text) => text],
]);

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('the database returned an integer beyond the safe range');
  return value;
}

/** Parses `2026-01-01 00:00:00.12+00`, the form of a session in UTC. */
function parseTimestamp(text: string): string {
  if (!text.endsWith('+00')) throw new Error('the database returned a time that is not in UTC');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0').slice(0, 3)}Z`;
}
