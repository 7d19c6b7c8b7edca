// What compose.yaml runs is what the service understands: nodes on PostgreSQL, behind a proxy that knows them.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../server/config/config.ts';

const composition = parse(await readFile(new URL('../../compose.yaml', import.meta.url), 'utf8'));
const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
const [, port] = /^EXPOSE (\d+)$/m.exec(dockerfile) ?? [];

/** What Compose makes of `${NAME:-default}` where no such variable is set. */
function withDefaults(value: string | number): string {
  return String(value).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
}

test('a node of the composition starts with what it is given', () => {
  const given: Record<string, string | number> = composition.services.node.environment;
  const environment = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, withDefaults(value)]));
  const config = readConfig({ HOST: '0.0.0.0', PORT: port, ...environment });
  expect(config).toMatchObject({ databaseUrl: 'postgres://orders@database/orders', authentication: undefined });
  expect(environment.PGPASSWORD).toBe(withDefaults(composition.services.database.environment.POSTGRES_PASSWORD));
});

test('the proxy of the composition asks each node whether it is ready, and hands on what it is sent', () => {
  const { proxy } = composition.services;
  const [{ source }] = proxy.configs;
  const { content } = composition.configs[source];
  expect(content).toContain(`server-template node- 10 node:${port}`);
  expect(content).toContain('option httpchk GET /health/ready');
  expect(proxy.ports).toEqual([`127.0.0.1:8000:${/^\s*bind :(\d+)$/m.exec(content)?.[1]}`]);
});
