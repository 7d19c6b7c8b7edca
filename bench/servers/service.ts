// Starts the service with the arguments of `npm start`.

import { join } from 'node:path';
import { type Profile, profiles } from './profiles.ts';
import { type Launch, type ServerUnderTest, startServer } from './server-under-test.ts';
import { readStartScript } from './start-script.ts';

/** Deviations from `npm start`. */
export type ServiceVariant = {
  /** The folder of another version of the service, with its node_modules. @default this repository */
  checkout?: string | undefined;
  /** Additional arguments of `node`. */
  nodeArgv?: string[];
  /** Additional environment variables. */
  environment?: Record<string, string>;
};

/** Starts the service on SQLite. @default databasePath a temporary database */
export function startSqliteService(
  profile: Profile,
  databasePath?: string,
  variant?: ServiceVariant,
): Promise<ServerUnderTest> {
  return startServer((folder, port) =>
    createServiceLaunch(profile, `sqlite:${databasePath ?? join(folder, 'orders.db')}`, port, variant),
  );
}

/** The command line of the service on a database. */
export function createServiceLaunch(
  profile: Profile,
  databaseUrl: string,
  port: string,
  { checkout, nodeArgv = [], environment = {} }: ServiceVariant = {},
): Launch {
  const script = readStartScript(checkout);
  const { environment: settings, headers } = profiles[profile];
  return {
    argv: [...nodeArgv, ...script.argv],
    environment: { ...script.environment, ...settings, ...environment, PORT: port, DATABASE_URL: databaseUrl },
    headers,
    ...(checkout === undefined ? {} : { cwd: checkout }),
  };
}
