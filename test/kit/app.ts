// The whole service in a test: real, on a port and a database of its own, driven through the real SDK.

import { pino } from 'pino';
import { type Client, createClient } from '../../client/index.ts';
import type { Scope } from '../../contract/scopes.ts';
import { type Config, readConfig } from '../../server/config/config.ts';
import { type Service, startService } from '../../server/service.ts';
import { type Environment, systemEnvironment } from '../../server/shared/environment.ts';
import { contractFetch } from './contract-fetch.ts';
import { createTemporaryDatabase } from './database.ts';
import { createTemporaryFolder } from './folder.ts';
import { createToken, secretAuthentication } from './tokens.ts';

export type TestApp = AsyncDisposable & {
  readonly url: string;
  readonly client: Client;
  readonly service: Service;
  readonly config: Config;
  /** What the service has logged so far. */
  readonly logLines: readonly LogLine[];
  /** A plain request to a path; its answer is held against the contract too. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** A plain request with a JSON body. */
  send(method: string, path: string, body: unknown): Promise<Response>;
};

/** What the service has logged of a request, or besides. */
type LogLine = {
  level: number;
  msg: string;
  user?: string;
  waitingBytes?: number;
  req?: { id: string; url: string };
  res?: { statusCode: number };
};

export type TestOptions = Partial<Config> & {
  environment?: Partial<Environment>;
  /** The text of a policy file. */
  policy?: string;
};

/** Starts the service with a configuration that says only what the test is about. */
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
  const logged: LogLine[] = [];
  const log = pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line)) });
  const service = opening.use(await startService(config, log, { ...systemEnvironment, ...environment }));
  const opened = opening.move();
  const request = (path: string, init?: RequestInit) => contractFetch(service.url + path, init);
  return {
    url: service.url,
    client: createClient({ baseUrl: service.url, fetch: contractFetch }),
    service,
    config,
    logLines: logged,
    request,
    send: (method, path, body) => request(path, { method, ...toJsonRequest(JSON.stringify(body)) }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export type AuthenticatedApp = TestApp & {
  /** The SDK with a token of this subject, with these scopes or all. */
  clientAs(sub: string, ...scopes: Scope[]): Client;
};

/** Starts the service so that it asks for tokens, signed with the secret of the tests unless said otherwise. */
export async function startAuthenticatedApp(options: TestOptions = {}): Promise<AuthenticatedApp> {
  const app = await startTestApp({ authentication: secretAuthentication, hasSeparationOfDuties: true, ...options });
  const as: AuthenticatedApp['clientAs'] = (sub, ...scopes) => {
    const claims = { sub, ...(scopes.length > 0 && { scope: scopes.join(' ') }) };
    const nowMs = (options.environment?.now ?? Date.now)();
    return createClient({ baseUrl: app.url, fetch: contractFetch, token: () => createToken({ claims, nowMs }) });
  };
  return { ...app, clientAs: as, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

/** The body and header of a request whose body is this text. */
export function toJsonRequest(body: string): RequestInit {
  return { body, headers: { 'content-type': 'application/json' } };
}
