// Which scopes a caller needs for each step of an order's life, as its route in the contract says.

import { contract } from '../contract/index.ts';
import type { RouteMetadata } from '../contract/route.ts';
import type { Scope } from '../contract/scopes.ts';
import type { Action } from '../contract/workflow.ts';

const { orders, validations } = contract;

/** All scopes that a token must have for each action, and to create an order. */
export const requiredScopes: Readonly<Record<Action | 'create', readonly Scope[]>> = {
  create: scopesOf(orders.create),
  edit: scopesOf(orders.edit),
  validate: scopesOf(orders.validate),
  retry: scopesOf(validations.retry),
  approve: scopesOf(orders.approve),
  reject: scopesOf(orders.reject),
};

function scopesOf({ metadata }: { metadata: RouteMetadata }): readonly Scope[] {
  return metadata.scopes ?? [];
}
