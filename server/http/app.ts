// The path of a request: known by an id and logged, kept from foreign pages, its body read, judged by the contract,
// handled; and whatever goes wrong on the way answered as a problem.

import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { contract } from '../../contract/index.ts';
import { jsonBody } from './body.ts';
import { registerEndpoints } from './endpoints.ts';
import { originGuard } from './origin-guard.ts';
import { pagePaths, registerPages } from './pages.ts';
import { problemHandler } from './problem-responses.ts';
import { parseQuery } from './query.ts';
import { requestLog } from './request-log.ts';
import type { Services } from './services.ts';
import { unknownRoutes } from './unknown-routes.ts';

export type AppOptions = {
  services: Services;
  log: Logger;
  maxBodyBytes: number;
  allowedHosts: readonly string[];
};

export function createApp({ services, log, maxBodyBytes, ...guard }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('strict routing').enable('case sensitive routing');
  app.set('query parser', parseQuery);
  app.use(requestLog(log));
  app.use(/^(?!\/health(\/ready)?$)/, originGuard(guard));
  app.use(jsonBody(maxBodyBytes));
  registerEndpoints(app, services);
  registerPages(app);
  app.use(unknownRoutes(contract, pagePaths));
  app.use(problemHandler);
  return app;
}
