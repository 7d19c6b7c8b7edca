// Values as they come from PostgreSQL, made to look as they do on SQLite: numbers, RFC 3339 in UTC, and JSON as text.

import { type CustomTypesConfig, types } from 'pg';

const bigint = 20;
const json = 114;
const timestamptz = 1184;
const jsonb = 3802;

/** For a pool or a connection of ours: the parsers of `pg` itself belong to everybody. */
export const rowTypes: CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') => {
    return parsers.get(id) ?? types.getTypeParser(id, format ?? 'text');
  }) as CustomTypesConfig['getTypeParser'],
};

const parsers = new Map<number, (text: string) => unknown>([
  [bigint, safeInteger],
  [timestamptz, moment],
  [json, (text) => text],
  [jsonb, (text) => text],
]);

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('the database has an integer that is not safe');
  return value;
}

/** `2026-01-01 00:00:00.12+00`, as it comes where the time zone of the session is UTC. */
function moment(text: string): string {
  if (!text.endsWith('+00')) throw new Error('the database has a time that is not in UTC');
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0').slice(0, 3)}Z`;
}
