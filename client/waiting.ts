// Waits until a validation has ended: follows the event stream if it can be had, and reads with growing pauses.

import type { ClientEnvironment } from './environment.ts';
import { UnexpectedResponseError, WaitTimeoutError } from './errors.ts';
import type { Operations } from './generated/operations.ts';
import type { NewOrder, OrdersValidateInput, Validation, ValidationsGetInput } from './generated/types.ts';
import { LinkedController } from './linked-controller.ts';
import type { CommandOptions, IdempotentOptions, WaitOptions } from './options.ts';
import { computeBackoffMs } from './request/retry-policy.ts';
import { EndedValidations } from './streams/ended-validations.ts';

/** The additions of the SDK to the operations on orders. */
export interface OrderWaiting {
  /**
   * Create an order, start its validation in the same transaction, and wait until it has ended.
   *
   * Returns the validation in state `passed`, `failed`, `dead` or `cancelled`; its `orderId` is the new order. See
   * `create` and `validations.wait`.
   * @throws {WaitTimeoutError} if the validation does not end within `timeoutMs`. The order may have been created: the
   *   same call with the same `idempotencyKey` creates no other one.
   * @throws {ProblemError} as `create` and `validations.get` do
   * @throws the reason of the signal, after an abort
   */
  createAndWait(input: NewOrder, options?: WaitOptions & Omit<IdempotentOptions, 'timeoutMs'>): Promise<Validation>;

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

/** The additions of the SDK to the operations on validations. */
export interface ValidationWaiting {
  /**
   * Wait until a validation has ended.
   *
   * Returns the validation in state `passed`, `failed`, `dead` or `cancelled`. All waits of a
   * client follow one event stream. If that is not possible, they read the validation with pauses that grow from 0.1 s
   * to 5 s.
   * @throws {WaitTimeoutError} if the validation does not end within `timeoutMs`
   * @throws {ProblemError} as `validations.get` does
   * @throws the reason of the signal, after an abort
   */
  wait(input: ValidationsGetInput, options?: WaitOptions): Promise<Validation>;
}

const defaultTimeoutMs = 300_000;
const minPauseMs = 100;
/** The longest pause between two reads, without and with a stream that reports the end. */
const maxPauseMs = 5_000;
const maxStreamingPauseMs = 30_000;

/** The state that all waits of a client share. */
type WaitContext = { operations: Operations; environment: ClientEnvironment; ended: EndedValidations };

/** Creates the functions that wait. */
export function createWaiting(
  operations: Operations,
  environment: ClientEnvironment,
): OrderWaiting & ValidationWaiting {
  const context = { operations, environment, ended: new EndedValidations(operations) };
  const readAndWait = async (validationId: number, limited: LimitedOptions) =>
    waitForEnd(context, await operations.validations.get({ validationId }, limited), limited);
  return {
    wait: ({ validationId }, options = {}) =>
      withTimeout(environment, options, (limited) => readAndWait(validationId, limited)),
    createAndWait: (input, options = {}) =>
      withTimeout(environment, options, async (limited) => {
        const body = { ...input, validate: true };
        const order = await operations.orders.create(body, { ...options, ...limited, timeoutMs: undefined });
        if (!order.validation) throw new UnexpectedResponseError(201, JSON.stringify(order));
        return readAndWait(order.validation.id, limited);
      }),
    validateAndWait: (input, options = {}) =>
      withTimeout(environment, options, async (limited) => {
        const { validation } = await operations.orders.validate(input, {
          ...options,
          ...limited,
          timeoutMs: undefined,
        });
        return waitForEnd(context, validation, limited);
      }),
  };
}

/** The options of the requests of a wait. */
type LimitedOptions = Omit<WaitOptions, 'timeoutMs'> & { signal: AbortSignal };

/** Runs a wait with a signal that is aborted at its time limit. */
async function withTimeout(
  environment: ClientEnvironment,
  { timeoutMs = defaultTimeoutMs, signal, headers, maxRetries }: WaitOptions,
  run: (limited: LimitedOptions) => Promise<Validation>,
): Promise<Validation> {
  const limit = new LinkedController(signal);
  const end = new AbortController();
  const expire = () => limit.abort(new WaitTimeoutError(timeoutMs, undefined));
  environment.sleep(timeoutMs, end.signal).then(expire, () => {});
  try {
    return await run({ signal: limit.signal, headers, maxRetries });
  } finally {
    end.abort();
    limit.unlink();
  }
}

async function waitForEnd(
  { operations, environment, ended }: WaitContext,
  started: Validation,
  options: LimitedOptions,
): Promise<Validation> {
  let validation = started;
  if (!isOpen(validation)) return validation;
  const alarm = new Alarm(environment);
  const unsubscribe = ended.subscribe({ orderId: validation.orderId, wake: () => alarm.ring() });
  try {
    for (let pauseMs = minPauseMs; isOpen(validation); pauseMs *= 2) {
      await alarm.wait(Math.min(pauseMs, ended.isOpen ? maxStreamingPauseMs : maxPauseMs), options.signal);
      validation = await operations.validations.get({ validationId: validation.id }, options);
    }
    return validation;
  } catch (error) {
    if (error instanceof WaitTimeoutError) throw new WaitTimeoutError(error.timeoutMs, validation);
    throw error;
  } finally {
    unsubscribe();
  }
}

function isOpen({ state }: Validation): boolean {
  return state === 'queued' || state === 'running';
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
    const either = new LinkedController(signal, this.#pause.signal);
    try {
      await sleep(computeBackoffMs(ms, random, ms), either.signal);
    } catch {
      signal.throwIfAborted();
    } finally {
      either.unlink();
    }
    if (this.#pause.signal.aborted) this.#pause = new AbortController();
  }
}
