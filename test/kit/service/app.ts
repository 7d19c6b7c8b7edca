// Starts the complete service in the test's process, on a free port and a temporary database, with an SDK client.

import { pino } from 'pino';
import { type Client, createClient } from '../../../client/index.ts';
import type { Scope } from '../../../contract/scopes.ts';
import { type Config, readConfig } from '../../../server/config/config.ts';
import { type Service, startService } from '../../../server/service.ts';
import { type Environment, systemEnvironment } from '../../../server/shared/environment.ts';
import { createTemporaryDatabase } from '../database/database.ts';
import { createTemporaryFolder } from '../folder.ts';
import { contractFetch } from '../http/contract-fetch.ts';
import { createToken, secretAuthentication } from '../http/tokens.ts';

export type TestApp = AsyncDisposable & {
  readonly url: string;
  readonly client: Client;
  readonly service: Service;
  readonly config: Config;
  /** The lines of the service's log so far. */
  readonly logLines: readonly LogLine[];
  /** Sends a plain request to a path. Its response is checked against the contract. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a plain request with a JSON body. */
  send(method: string, path: string, body: unknown): Promise<Response>;
};

/** The fields of a log line that tests read. Only the lines of requests have `req` and `res`. */
type LogLine = {
  level: number;
  msg: string;
  user?: string;
  waitingBytes?: number;
  unreadBytes?: number;
  reason?: string;
  claims?: object;
  orderId?: number;
  runId?: number;
  error?: string;
  omitted?: number;
  req?: { id: string; clientRequestId?: string; url: string };
  res?: { statusCode: number };
};

export type TestOptions = Partial<Config> & {
  environment?: Partial<Environment>;
  /** The text of a policy file. */
  policy?: string;
};

/** Starts the service with the default configuration, changed by the options. Rate limits are off by default. */
export async function startTestApp({ environment, policy, ...overrides }: TestOptions = {}): Promise<TestApp> {
  await using opening = new AsyncDisposableStack();
  const folder = opening.use(await createTemporaryFolder());
  const databaseUrl = overrides.databaseUrl ?? opening.use(await createTemporaryDatabase()).url;
  const config: Config = {
    ...readConfig({ PORT: '0' }),
    idleGraceMs: 0,
    rateLimit: undefined,
    ...(policy === undefined ? {} : { policyPath: await folder.write('policy.yaml', policy) }),
    ...overrides,
    databaseUrl,
  };
  const logLines: LogLine[] = [];
  const log = pino({ level: 'info' }, { write: (line) => logLines.push(JSON.parse(line)) });
  const service = opening.use(await startService(config, log, { ...systemEnvironment, ...environment }));
  const opened = opening.move();
  const request = (path: string, init?: RequestInit) => contractFetch(service.url + path, init);
  return {
    url: service.url,
    client: createClient({ baseUrl: service.url, fetch: contractFetch, maxRetries: 0 }),
    service,
    config,
    logLines,
    request,
    send: (method, path, body) => request(path, { method, ...toJsonRequest(JSON.stringify(body)) }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export type AuthenticatedApp = TestApp & {
  /** Creates an SDK client with a token of this subject. @param scopes default: every scope */
  clientAs(sub: string, ...scopes: Scope[]): Client;
};

/** Starts the service with authentication, by default with tokens that are signed with `tokenSecret`. */
export async function startAuthenticatedApp(options: TestOptions = {}): Promise<AuthenticatedApp> {
  const app = await startTestApp({ authentication: secretAuthentication, hasSeparationOfDuties: true, ...options });
  const clientAs: AuthenticatedApp['clientAs'] = (sub, ...scopes) => {
    const claims = { sub, ...(scopes.length > 0 && { scope: scopes.join(' ') }) };
    const nowMs = (options.environment?.now ?? Date.now)();
    return createClient({
      baseUrl: app.url,
      fetch: contractFetch,
      token: () => createToken({ claims, nowMs }),
      maxRetries: 0,
    });
  };
  return { ...app, clientAs, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

/** Returns the options of a request with this text as its JSON body. */
export function toJsonRequest(body: string): RequestInit {
  return { body, headers: { 'content-type': 'application/json' } };
}
