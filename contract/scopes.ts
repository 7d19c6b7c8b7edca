// The scopes that routes ask for. Each route names its own in its metadata.

/** What a caller may be allowed to do, as it stands in the `scope` claim of a token (RFC 8693, section 4.2). */
export const scopes = {
  'orders:read': 'Read orders, their history, the log, statistics and the policy',
  'orders:write': 'Create and edit orders, start and retry validations',
  'orders:approve': 'Approve and reject orders',
  'webhooks:manage': 'Manage webhooks',
  'metrics:read': 'Read the metrics of the service',
} as const;

export type Scope = keyof typeof scopes;

/** The names in a `scope` claim: separated by spaces (RFC 8693, section 4.2). The service may not know all of them. */
export function parseScopes(claim: string): string[] {
  return claim.split(' ').filter((name) => name !== '');
}

export const scopeNames = Object.keys(scopes) as [Scope, ...Scope[]];
