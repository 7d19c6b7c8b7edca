// The workflow table: every action in every state, and the reachable statuses.

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

/** `status/validation` → allowed actions. Written by hand, independently of the table under test. */
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

describe.each(Object.entries(expected))('state %s', (state, allowed) => {
  const [status, validation] = state.split('/') as [OrderStatus, LatestValidationState | 'none'];
  const order = { status, validation: validation === 'none' ? null : { state: validation } };

  test(`an order in ${state} allows ${allowed.join(', ') || 'no action'}`, () => {
    expect(allowedActions(order)).toEqual(allowed);
  });

  test.each(actions.filter((action) => !allowed.includes(action)))(
    `an order in ${state} does not allow %s and states why`,
    (action) => {
      expect(findRefusal(action, order)?.detail).toMatch(new RegExp(`^Cannot ${action} `));
    },
  );
});

describe('the workflow graph', () => {
  test('APPROVED and REJECTED are final statuses', () => {
    for (const rule of Object.values(workflow)) {
      expect(rule.from).not.toContain('APPROVED');
      expect(rule.from).not.toContain('REJECTED');
    }
  });

  test('the workflow contains exactly the four documented transitions', () => {
    const transitions = Object.values(workflow).flatMap(({ from, to }) =>
      from.flatMap((a) => to.map((b) => `${a}→${b}`)),
    );
    expect([...new Set(transitions)].sort()).toEqual([
      'CREATED→REJECTED',
      'CREATED→VALIDATED',
      'VALIDATED→APPROVED',
      'VALIDATED→REJECTED',
    ]);
  });

  test('approval requires status VALIDATED in every validation state', () => {
    for (const status of orderStatuses.filter((name) => name !== 'VALIDATED')) {
      for (const state of latestValidationStates) {
        expect(findRefusal('approve', { status, validation: { state } })?.code).toBe('invalid-transition');
      }
    }
  });

  test('a rejected action reports the current status and the required one', () => {
    expect(findRefusal('approve', { status: 'CREATED', validation: null })).toEqual({
      code: 'invalid-transition',
      detail: "Cannot approve order in status 'CREATED'. Must be 'VALIDATED'",
    });
  });
});
