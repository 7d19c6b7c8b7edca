// compose.yaml: its environment variables, ports and health checks match the service and the Dockerfile.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../server/config/config.ts';

const composition = parse(await readFile(new URL('../../compose.yaml', import.meta.url), 'utf8'));
const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
const [, port] = /^EXPOSE (\d+)$/m.exec(dockerfile) ?? [];

/** Replaces `${NAME:-default}` by the default, as Compose does for an unset variable. */
function applyDefaults(value: string | number): string {
  return String(value).replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
}

test('the environment of the Compose node is a valid configuration with matching credentials', () => {
  const variables: Record<string, string | number> = composition.services.node.environment;
  const environment = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, applyDefaults(value)]),
  );
  const config = readConfig({ HOST: '0.0.0.0', PORT: port, ...environment });
  expect(config).toMatchObject({ databaseUrl: 'postgres://orders@database/orders', authentication: undefined });
  expect(environment.PGPASSWORD).toBe(applyDefaults(composition.services.database.environment.POSTGRES_PASSWORD));
});

test('the Compose proxy checks the readiness of each node and forwards the published port', () => {
  const { proxy } = composition.services;
  const [{ source }] = proxy.configs;
  const { content } = composition.configs[source];
  expect(content).toContain(`server-template node- 10 node:${port}`);
  expect(content).toContain('option httpchk GET /health/ready');
  expect(proxy.ports).toEqual([`127.0.0.1:8000:${/^\s*bind :(\d+)$/m.exec(content)?.[1]}`]);
});
