// The scopes of tokens. The metadata of each route lists the scopes that it requires.

/** Scope → the operations it permits. Tokens list their scopes in a claim, such as `scope` (RFC 8693, section 4.2). */
export const scopes = {
  'orders:read': 'Read orders, events, validations, statistics and the policy, and evaluate the policy for an order',
  'orders:write': 'Create and edit orders, start and retry validations',
  'orders:approve': 'Approve and reject orders',
  'webhooks:manage': 'Manage webhooks. Creating and editing one also requires `orders:read`.',
} as const;

/** The name of a scope that the service defines. */
export type Scope = keyof typeof scopes;

/**
 * Splits a `scope` claim, whose names are separated by spaces (RFC 8693, section 4.2). The result may include scopes
 * that the service does not define.
 */
export function parseScopes(claim: string): string[] {
  return claim.split(' ').filter((name) => name !== '');
}

/** The names of all scopes. */
export const scopeNames = Object.keys(scopes) as [Scope, ...Scope[]];
