// A load balancer: forwards each connection to a node that is up, and closes it when the node's side closes.

import { connect } from 'node:net';
import { type LocalServer, linkSockets, startTcpServer } from '../local-server.ts';

/** @param selectNode returns the URL of a node */
export function startLoadBalancer(selectNode: () => Promise<string>): Promise<LocalServer> {
  return startTcpServer((client) => {
    selectNode().then(
      (url) => {
        const { hostname, port } = new URL(url);
        const upstream = connect(Number(port), hostname);
        linkSockets(client, upstream);
        if (client.destroyed) upstream.destroy();
        else client.pipe(upstream).pipe(client);
      },
      () => client.destroy(),
    );
  });
}
