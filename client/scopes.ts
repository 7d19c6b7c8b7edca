// The scopes that each action on an order requires, read from the routes of the contract.

import { contract } from '../contract/index.ts';
import type { RouteMetadata } from '../contract/routes/route.ts';
import type { Scope } from '../contract/scopes.ts';
import type { Action } from '../contract/workflow.ts';

const { orders, validations } = contract;

/** Action, or `create` → all scopes that a token must have for it. */
export const requiredScopes: Readonly<Record<Action | 'create', readonly Scope[]>> = {
  create: getScopes(orders.create),
  edit: getScopes(orders.edit),
  validate: getScopes(orders.validate),
  retry: getScopes(validations.retry),
  approve: getScopes(orders.approve),
  reject: getScopes(orders.reject),
};

function getScopes({ metadata }: { metadata: RouteMetadata }): readonly Scope[] {
  return metadata.scopes ?? [];
}
