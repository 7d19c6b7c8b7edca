// A load balancer as simple as can be: each connection goes to a node that lives, and is lost with it.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type LoadBalancer = AsyncDisposable & { readonly url: string };

/** @param pick answers the URL of a node */
export async function startLoadBalancer(pick: () => Promise<string>): Promise<LoadBalancer> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const keep = (socket: Socket, other: () => Socket | undefined) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other()?.destroy();
      });
    };
    let far: Socket | undefined;
    keep(near, () => far);
    pick().then(
      (url) => {
        const { hostname, port } = new URL(url);
        far = connect(Number(port), hostname);
        keep(far, () => near);
        if (near.destroyed) far.destroy();
        else near.pipe(far).pipe(near);
      },
      () => near.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
