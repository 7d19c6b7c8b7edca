// The route of the caller's identity.

import { z } from 'zod';
import { timestamp } from '../schemas/primitives.ts';
import { scopeNames } from '../scopes.ts';
import { contractBuilder, metadata, noQuery, problems } from './route.ts';

const identity = z
  .object({
    id: z.string().meta({ description: 'The subject of the token; `anonymous` if callers do not authenticate' }),
    scopes: z.array(z.enum(scopeNames)).meta({
      description: 'The scopes of the token that the service defines; all of them if callers do not authenticate',
    }),
    expiresAt: timestamp
      .nullable()
      .meta({ description: 'When the service stops accepting the token; null if callers do not authenticate' }),
  })
  .meta({
    title: 'Identity',
    description: 'The caller as the service sees it',
    example: { id: 'ann', scopes: ['orders:read', 'orders:write'], expiresAt: '2026-05-04T11:15:30.000Z' },
  });

/** The caller as the service sees it: the subject and the scopes of its token. */
export type Identity = z.infer<typeof identity>;

/** The routes of the caller's identity. */
export const identityRoutes = contractBuilder.router({
  get: {
    method: 'GET',
    path: '/identity',
    summary: 'Get the identity of the caller',
    description:
      'Returns the subject and the scopes that the service reads from the token of the request. It requires a token, ' +
      'but no scope. The claims that contain scopes depend on the configuration of the service.',
    query: noQuery,
    responses: { 200: identity, ...problems() },
    metadata: metadata('Operations'),
  },
});
