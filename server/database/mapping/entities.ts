// Orders and runs as entities of the unit of work. Everything else is only ever appended, and needs none.

import { defineEntity, type InferEntity } from '@mikro-orm/core';
import type { Finding } from '../../../contract/finding.ts';
import type { Order } from '../../../contract/order.ts';
import type { ValidationState } from '../../../contract/validation.ts';
import type { LatestValidationState, OrderStatus } from '../../../contract/workflow.ts';

export const OrderEntity = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: (p) => ({
    id: p.integer().primary(),
    reference: p.string().nullable(),
    customerId: p.string(),
    currency: p.string(),
    items: p.json<Order['items']>(),
    total: p.integer(),
    note: p.string().nullable(),
    metadata: p.json<Order['metadata']>(),
    status: p.string().$type<OrderStatus>(),
    version: p.integer(),
    rejection: p.json<Order['rejection']>().nullable(),
    validationId: p.integer().nullable(),
    validationState: p.string().$type<LatestValidationState>().nullable(),
    createdBy: p.string(),
    contributors: p.json<string[]>(),
    createdAt: p.string(),
    updatedAt: p.string(),
  }),
});

export const RunEntity = defineEntity({
  name: 'ValidationRun',
  tableName: 'validation_runs',
  properties: (p) => ({
    id: p.integer().primary(),
    orderId: p.integer(),
    orderVersion: p.integer(),
    state: p.string().$type<ValidationState>(),
    attempt: p.integer(),
    maxAttempts: p.integer(),
    policyVersion: p.string(),
    findings: p.json<Finding[]>(),
    error: p.string().nullable(),
    fence: p.integer(),
    createdAt: p.string(),
    startedAt: p.string().nullable(),
    finishedAt: p.string().nullable(),
  }),
});

export type OrderEntityRow = InferEntity<typeof OrderEntity>;
export type RunEntityRow = InferEntity<typeof RunEntity>;
