// The workflow table as a pure unit: every action in every state, and the shape of the graph.

import { describe, expect, test } from 'vitest';
import {
  type Action,
  actions,
  allowedActions,
  findRefusal,
  type LatestValidationState,
  latestValidationStates,
  type OrderStatus,
  orderStatuses,
  workflow,
} from '../../contract/workflow.ts';

/**
 * `status/validation` → what is allowed. Written out by hand: the table must agree with it, not the other way round.
 */
const expected: Record<string, Action[]> = {
  'CREATED/none': ['edit', 'validate', 'reject'],
  'CREATED/open': ['validate', 'reject'],
  'CREATED/dead': ['edit', 'validate', 'retry', 'reject'],
  'VALIDATED/passed': ['approve', 'reject'],
  'APPROVED/passed': [],
  'REJECTED/none': [],
  'REJECTED/passed': [],
  'REJECTED/failed': [],
  'REJECTED/dead': [],
  'REJECTED/cancelled': [],
};

describe.each(Object.entries(expected))('an order in %s', (state, allowed) => {
  const [status, outcome] = state.split('/') as [OrderStatus, LatestValidationState | 'none'];
  const order = { status, validation: outcome === 'none' ? null : { state: outcome } };

  test(`allows ${allowed.join(', ') || 'nothing'}`, () => {
    expect(allowedActions(order)).toEqual(allowed);
  });

  test.each(actions.filter((action) => !allowed.includes(action)))('refuses %s with a reason', (action) => {
    expect(findRefusal(action, order)?.detail).toMatch(new RegExp(`^Cannot ${action} `));
  });
});

describe('the graph', () => {
  test('has no way out of APPROVED and REJECTED', () => {
    for (const rule of Object.values(workflow)) {
      expect(rule.from).not.toContain('APPROVED');
      expect(rule.from).not.toContain('REJECTED');
    }
  });

  test('has only the steps of the workflow', () => {
    const steps = Object.values(workflow).flatMap(({ from, to }) => from.flatMap((a) => to.map((b) => `${a}→${b}`)));
    expect([...new Set(steps)].sort()).toEqual([
      'CREATED→REJECTED',
      'CREATED→VALIDATED',
      'VALIDATED→APPROVED',
      'VALIDATED→REJECTED',
    ]);
  });

  test('never allows approval outside of VALIDATED, whatever the validation', () => {
    for (const status of orderStatuses.filter((name) => name !== 'VALIDATED')) {
      for (const state of latestValidationStates) {
        expect(findRefusal('approve', { status, validation: { state } })?.code).toBe('invalid-transition');
      }
    }
  });

  test('names the present status and the one that is needed', () => {
    expect(findRefusal('approve', { status: 'CREATED', validation: null })).toEqual({
      code: 'invalid-transition',
      detail: "Cannot approve order in status 'CREATED'. Must be 'VALIDATED'",
    });
  });
});
