// Decides which steps a request goes through: those of endpoints, or those of pages and unknown routes.

import { createPipeline, type Step, type StepList } from '../pipeline.ts';
import type { Endpoint } from '../request/request.ts';
import type { RouteTable } from './route-table.ts';

/** Finds the endpoint of a request, and runs the steps for endpoints or, if there is none, the other steps. */
export function createRouter(endpoints: RouteTable<Endpoint>, steps: { endpoint: StepList; other: StepList }): Step {
  const serveEndpoint = createPipeline(steps.endpoint);
  const serveOther = createPipeline(steps.other);
  return (request, response) => {
    request.endpoint = endpoints.find(request.method ?? 'GET', request.pathname);
    if (request.endpoint) serveEndpoint(request, response);
    else serveOther(request, response);
  };
}
