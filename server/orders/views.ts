// Orders and runs as they are answered.

import type { Order } from '../../contract/order.ts';
import type { Validation } from '../../contract/validation.ts';
import { allowedActions } from '../../contract/workflow.ts';
import type { OrderState, RunState } from '../store/state.ts';

export function toOrder(state: OrderState): Order {
  const { rejection, validation, createdBy, createdAt, updatedAt, ...content } = state;
  const actions = allowedActions(state);
  return { ...content, allowedActions: actions, rejection, validation, createdBy, createdAt, updatedAt };
}

export function toValidation({ fence: _, ...validation }: RunState): Validation {
  return validation;
}
