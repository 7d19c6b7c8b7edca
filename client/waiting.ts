// Waits until a validation has ended: follows the event stream if it can be had, and reads with growing pauses.

import type { ClientEnvironment } from './environment.ts';
import { WaitTimeoutError } from './errors.ts';
import type { Operations } from './generated/operations.ts';
import type { OrdersValidateInput, Validation, ValidationsGetInput } from './generated/types.ts';
import type { CommandOptions, WaitOptions } from './options.ts';

/** What the SDK adds to the operations on orders. */
export interface OrderWaiting {
  /**
   * Start the validation of an order, and wait until it has ended.
   *
   * Returns the validation in state `passed`, `failed`, `dead` or `cancelled`. See `validate` and `validations.wait`.
   * @throws {WaitTimeoutError} if the validation does not end within `timeoutMs`
   * @throws {ProblemError} as `validate` and `validations.get` do
   * @throws the reason of the signal, after an abort
   */
  validateAndWait(
    input: OrdersValidateInput,
    options?: WaitOptions & Omit<CommandOptions, 'timeoutMs'>,
  ): Promise<Validation>;
}

/** What the SDK adds to the operations on validations. */
export interface ValidationWaiting {
  /**
   * Wait until a validation has ended.
   *
   * Returns the validation in state `passed`, `failed`, `dead` or `cancelled`. Follows the event stream, and if that is
   * not possible, reads the validation with pauses that grow from 0.1 s to 5 s.
   * @throws {WaitTimeoutError} if the validation does not end within `timeoutMs`
   * @throws {ProblemError} as `validations.get` does
   * @throws the reason of the signal, after an abort
   */
  wait(input: ValidationsGetInput, options?: WaitOptions): Promise<Validation>;
}

const defaultTimeoutMs = 300_000;
const minPauseMs = 100;
const maxPauseMs = 5_000;
/** The events that end a validation. */
const endTypes = ['order.validated', 'order.rejected', 'order.validation_dead'] as const;

/** Creates the functions that wait. */
export function createWaiting(
  operations: Operations,
  environment: ClientEnvironment,
): OrderWaiting & ValidationWaiting {
  const wait = (input: ValidationsGetInput, options: WaitOptions = {}) =>
    withTimeout(options, (limited) => waitForEnd(operations, environment, input, limited));
  return {
    wait,
    validateAndWait: (input, options = {}) =>
      withTimeout(options, async (limited) => {
        const { validation } = await operations.orders.validate(input, {
          ...options,
          ...limited,
          timeoutMs: undefined,
        });
        return waitForEnd(operations, environment, { validationId: validation.id }, { ...limited, latest: validation });
      }),
  };
}

/** The options of the requests of a wait. `latest`: the validation, if it was just read. */
type LimitedOptions = Omit<WaitOptions, 'timeoutMs'> & { signal: AbortSignal; latest?: Validation };

/** Runs a wait with a signal that is aborted at its time limit and at its end. */
async function withTimeout(
  { timeoutMs = defaultTimeoutMs, signal, headers, maxRetries }: WaitOptions,
  run: (limited: LimitedOptions) => Promise<Validation>,
): Promise<Validation> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new WaitTimeoutError(timeoutMs, undefined)), timeoutMs);
  const either = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
  try {
    return await run({ signal: either, headers, maxRetries });
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

async function waitForEnd(
  operations: Operations,
  environment: ClientEnvironment,
  input: ValidationsGetInput,
  { latest, ...options }: LimitedOptions,
): Promise<Validation> {
  let validation = latest ?? (await operations.validations.get(input, options));
  if (!isOpen(validation)) return validation;
  const alarm = new Alarm(environment);
  void followEnds(operations, validation.orderId, options, alarm);
  try {
    for (let pauseMs = minPauseMs; isOpen(validation); pauseMs = Math.min(maxPauseMs, 2 * pauseMs)) {
      await alarm.wait(pauseMs, options.signal);
      validation = await operations.validations.get(input, options);
    }
    return validation;
  } catch (error) {
    if (error instanceof WaitTimeoutError) throw new WaitTimeoutError(error.timeoutMs, validation);
    throw error;
  }
}

function isOpen({ state }: Validation): boolean {
  return state === 'queued' || state === 'running';
}

/** Rings the alarm whenever a validation of the order may have ended. Reading with pauses goes on if this fails. */
async function followEnds(
  operations: Operations,
  orderId: number,
  options: LimitedOptions,
  alarm: Alarm,
): Promise<void> {
  const { signal, headers } = options;
  try {
    const events = operations.events.stream(
      { orderId, type: endTypes },
      { signal, headers, onOpen: () => alarm.ring() },
    );
    for await (const _ of events) alarm.ring();
  } catch {
    // The wait has ended, or the caller may not open streams.
  }
}

/** A pause that can be ended early. */
class Alarm {
  readonly #environment: ClientEnvironment;
  #pause = new AbortController();

  constructor(environment: ClientEnvironment) {
    this.#environment = environment;
  }

  /** Ends the current pause, or the next one if there is none. */
  ring(): void {
    this.#pause.abort();
  }

  /** Waits for a time or until the alarm rings. @throws the reason of the signal */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const { sleep, random } = this.#environment;
    try {
      await sleep(ms * (0.5 + random() / 2), AbortSignal.any([signal, this.#pause.signal]));
    } catch {
      signal.throwIfAborted();
    }
    if (this.#pause.signal.aborted) this.#pause = new AbortController();
  }
}
