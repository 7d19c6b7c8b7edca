// Free ports, for servers that need a fixed port, or none at all on it.

import { startHttpServer } from './local-server.ts';

/** Returns a loopback port that no process listens on at the moment. */
export async function findFreePort(): Promise<number> {
  await using server = await startHttpServer(() => {});
  return server.port;
}
