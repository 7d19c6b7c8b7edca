// The mapping of stored responses of idempotent requests.

import { createMapping } from './mapping.ts';

/** A key of one principal is independent of the same key of another. */
export type IdempotencyKey = { principal: string; key: string };

/** A rendered response. */
export type ResponseData = { status: number; headers: Record<string, string>; body: string };

export type StoredResponse = IdempotencyKey & {
  /** Hash of the request, to detect that a key is reused for another request. */
  fingerprint: string;
  response: ResponseData;
};

/** A stored response as one flat record. */
type StoredResponseRecord = IdempotencyKey & {
  id: number;
  fingerprint: string;
  status: number;
  headers: string;
  body: string;
  createdAt: string;
};

export const storedResponseMapping = createMapping<StoredResponseRecord>()({
  id: { name: 'id', kind: 'integer' },
  principal: { name: 'principal', kind: 'text' },
  key: { name: 'key', kind: 'text' },
  fingerprint: { name: 'fingerprint', kind: 'text' },
  status: { name: 'status', kind: 'integer' },
  headers: { name: 'headers', kind: 'text' },
  body: { name: 'body', kind: 'text' },
  createdAt: { name: 'created_at', kind: 'time' },
});

export type StoredResponseRow = Parameters<typeof storedResponseMapping.toRecord>[0];

export function toStoredResponse(row: StoredResponseRow): StoredResponse {
  const { principal, key, fingerprint, status, headers, body } = row;
  return { principal, key, fingerprint, response: { status, headers: JSON.parse(headers), body } };
}

/** Returns the row of a new stored response, whose id the database assigns. */
export function toNewStoredResponseRow(stored: StoredResponse, createdAt: string): Omit<StoredResponseRow, 'id'> {
  const { principal, key, fingerprint, response } = stored;
  const { status, headers, body } = response;
  return { principal, key, fingerprint, status, headers: JSON.stringify(headers), body, created_at: createdAt };
}
