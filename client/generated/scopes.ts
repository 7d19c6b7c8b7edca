// The scopes of actions on orders. Generated from the contract by `npm run generate`.

import type { KnownAction, KnownScope } from './types.ts';

/** Action, or `create` → all scopes that a token must have for it. */
export const requiredScopes: Readonly<Record<KnownAction | 'create', readonly KnownScope[]>> = {
  create: ['orders:write'],
  edit: ['orders:write'],
  validate: ['orders:write'],
  retry: ['orders:write'],
  approve: ['orders:approve'],
  reject: ['orders:approve'],
};
