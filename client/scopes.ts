// Which scope a caller needs for each step of an order's life, as its route in the contract says.

import { contract } from '../contract/index.ts';
import type { Scope } from '../contract/scopes.ts';
import type { Action } from '../contract/workflow.ts';

const { orders, validations } = contract;

/** The scope that a token must have for each action, and to create an order; null: none. */
export const neededScopes: Readonly<Record<Action | 'create', Scope | null>> = {
  create: orders.create.metadata.scope,
  edit: orders.edit.metadata.scope,
  validate: orders.validate.metadata.scope,
  retry: validations.retry.metadata.scope,
  approve: orders.approve.metadata.scope,
  reject: orders.reject.metadata.scope,
};
