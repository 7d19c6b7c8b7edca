// Runs the steps of the request path in order.

import { sendProblem } from './problems/send-problem.ts';
import type { ServiceRequest, ServiceResponse } from './request/request.ts';

/**
 * One step of the request path. A step that has to wait returns a promise; all others return nothing. An error that a
 * step throws, or that its promise rejects with, ends the path and is sent as a problem.
 */
export type Step = (request: ServiceRequest, response: ServiceResponse) => Promise<void> | void;

/** Steps in order. An entry that is false or undefined is a step that is not configured. */
export type StepList = readonly (Step | false | undefined)[];

/**
 * Creates a function that runs the steps in order. They run synchronously as long as none returns a promise: most
 * requests wait for nothing before their endpoint is called, so their path creates neither promises nor closures.
 */
export function createPipeline(list: StepList): (request: ServiceRequest, response: ServiceResponse) => void {
  const steps = list.filter((step) => typeof step === 'function');

  const runFrom = (start: number, request: ServiceRequest, response: ServiceResponse): void => {
    try {
      for (let index = start; index < steps.length; index += 1) {
        const pending = steps[index]?.(request, response);
        if (pending) return void continueAfter(pending, index + 1, request, response);
      }
    } catch (error) {
      sendProblem(request, response, error);
    }
  };

  const continueAfter = async (
    pending: Promise<void>,
    next: number,
    request: ServiceRequest,
    response: ServiceResponse,
  ): Promise<void> => {
    try {
      await pending;
    } catch (error) {
      return sendProblem(request, response, error);
    }
    runFrom(next, request, response);
  };

  return (request, response) => runFrom(0, request, response);
}
