// The workflow as data: which action is allowed in which state. The server enforces it; the SDK, the console and the
// documentation read it.

/** The statuses of an order. */
export const orderStatuses = ['CREATED', 'VALIDATED', 'APPROVED', 'REJECTED'] as const;
/** One of {@link orderStatuses}. */
export type OrderStatus = (typeof orderStatuses)[number];

/** The states of the latest validation of an order. `open` is `queued` or `running`. */
export const latestValidationStates = ['open', 'passed', 'failed', 'dead', 'cancelled'] as const;
/** One of {@link latestValidationStates}. */
export type LatestValidationState = (typeof latestValidationStates)[number];

/** The actions on an existing order. */
export const actions = ['edit', 'validate', 'retry', 'approve', 'reject'] as const;
/** One of {@link actions}. */
export type Action = (typeof actions)[number];

/**
 * The part of an order on which the workflow depends: its status and the state of its latest validation. Both can be
 * values of a newer service, which allow no action.
 */
export type WorkflowState = { status: string; validation: { state: string } | null };

type Rule = {
  /** The statuses in which the action is allowed. */
  from: readonly OrderStatus[];
  /** The statuses to which the action, or the validation it starts, can lead. Empty if it changes no status. */
  to: readonly OrderStatus[];
  /** Whether the action is allowed while a validation is open. */
  isAllowedWhileOpen: boolean;
  /** Whether the action requires that the latest validation is dead. */
  requiresDeadValidation: boolean;
};

/** Action → the states in which it is allowed. */
export const workflow: Readonly<Record<Action, Rule>> = {
  edit: { from: ['CREATED'], to: [], isAllowedWhileOpen: false, requiresDeadValidation: false },
  validate: {
    from: ['CREATED'],
    to: ['VALIDATED', 'REJECTED'],
    isAllowedWhileOpen: true,
    requiresDeadValidation: false,
  },
  retry: { from: ['CREATED'], to: ['VALIDATED', 'REJECTED'], isAllowedWhileOpen: false, requiresDeadValidation: true },
  approve: { from: ['VALIDATED'], to: ['APPROVED'], isAllowedWhileOpen: false, requiresDeadValidation: false },
  reject: { from: ['CREATED', 'VALIDATED'], to: ['REJECTED'], isAllowedWhileOpen: true, requiresDeadValidation: false },
};

/** Why an action is not allowed: the code and the detail of the problem that the server returns. */
export type Refusal = {
  code: 'invalid-transition' | 'validation-in-progress' | 'conflict';
  detail: string;
};

/** Returns why `action` is not allowed in this state, or `undefined` if it is allowed. */
export function findRefusal(action: Action, order: WorkflowState): Refusal | undefined {
  const code = findRefusalCode(workflow[action], order);
  return code && { code, detail: refusalDetails[code](action, order) };
}

/** Whether the action is allowed in this state. */
export function canPerform(action: Action, order: WorkflowState): boolean {
  return findRefusalCode(workflow[action], order) === undefined;
}

function findRefusalCode(rule: Rule, { status, validation }: WorkflowState): Refusal['code'] | undefined {
  if (!rule.from.some((allowed) => allowed === status)) return 'invalid-transition';
  if (validation?.state === 'open' && !rule.isAllowedWhileOpen) return 'validation-in-progress';
  if (validation?.state !== 'dead' && rule.requiresDeadValidation) return 'conflict';
  return undefined;
}

const refusalDetails: Record<Refusal['code'], (action: Action, order: WorkflowState) => string> = {
  'invalid-transition': (action, { status }) =>
    `Cannot ${action} order in status '${status}'. Must be ${quotedList(workflow[action].from)}`,
  'validation-in-progress': (action) => `Cannot ${action} order while its validation is in progress`,
  conflict: (action) => `Cannot ${action} a validation that is not dead`,
};

/** Returns the actions allowed in this state, in table order, regardless of the caller. */
export function allowedActions(order: WorkflowState): Action[] {
  return actions.filter((action) => canPerform(action, order));
}

function quotedList(statuses: readonly OrderStatus[]): string {
  return statuses.map((status) => `'${status}'`).join(' or ');
}
