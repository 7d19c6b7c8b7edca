// The workflow as data: the one place that says which action an order allows. The server enforces it,
// the SDK and the console ask it, the documentation draws it.

export const orderStatuses = ['CREATED', 'VALIDATED', 'APPROVED', 'REJECTED'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** How the latest validation of an order stands. */
export const latestValidationStates = ['open', 'passed', 'failed', 'dead', 'cancelled'] as const;
export type LatestValidationState = (typeof latestValidationStates)[number];

export const actions = ['edit', 'validate', 'retry', 'approve', 'reject'] as const;
export type Action = (typeof actions)[number];

/** What the workflow asks of an order: its status and how its latest validation stands. */
export type WorkflowState = { status: OrderStatus; validation: { state: LatestValidationState } | null };

type Rule = {
  /** The statuses in which the action is possible at all. */
  from: readonly OrderStatus[];
  /** The statuses that the action, or the validation it starts, can lead to; empty where it changes none. */
  to: readonly OrderStatus[];
  /** Whether the action is possible while a validation is under way. */
  isAllowedWhileOpen: boolean;
  /** Whether the action is possible only after a validation that could not be run. */
  requiresDeadValidation: boolean;
};

/** Action × status × latest validation. */
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

/** Why an order does not allow an action: the problem the server answers, and the sentence it says. */
export type Refusal = {
  code: 'invalid-transition' | 'validation-in-progress' | 'conflict';
  detail: string;
};

/** The refusal of `action` on an order in this state, or `undefined` where it is allowed. */
export function findRefusal(action: Action, order: WorkflowState): Refusal | undefined {
  const code = findRefusalCode(workflow[action], order);
  return code && { code, detail: refusalDetails[code](action, order) };
}

/** Whether an order in this state allows the action. */
export function canPerform(action: Action, order: WorkflowState): boolean {
  return findRefusalCode(workflow[action], order) === undefined;
}

function findRefusalCode(rule: Rule, { status, validation }: WorkflowState): Refusal['code'] | undefined {
  if (!rule.from.includes(status)) return 'invalid-transition';
  if (validation?.state === 'open' && !rule.isAllowedWhileOpen) return 'validation-in-progress';
  if (validation?.state !== 'dead' && rule.requiresDeadValidation) return 'conflict';
  return undefined;
}

const refusalDetails: Record<Refusal['code'], (action: Action, order: WorkflowState) => string> = {
  'invalid-transition': (action, { status }) =>
    `Cannot ${action} order in status '${status}'. Must be ${quotedList(workflow[action].from)}`,
  'validation-in-progress': (action) => `Cannot ${action} order while its validation is under way`,
  conflict: (action) => `Cannot ${action} a validation that is not dead`,
};

/** Every action that an order in this state allows, in the table's order. It does not ask who wants it. */
export function allowedActions(order: WorkflowState): Action[] {
  return actions.filter((action) => canPerform(action, order));
}

function quotedList(statuses: readonly OrderStatus[]): string {
  return statuses.map((status) => `'${status}'`).join(' or ');
}
