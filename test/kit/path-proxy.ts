// A reverse proxy that serves the service at a path below the root of its host.

import { request as sendRequest } from 'node:http';
import { startHttpServer } from './local-server.ts';

export type PathProxy = AsyncDisposable & {
  /** The URL of the service through the proxy, without a trailing slash. */
  readonly url: string;
};

/**
 * Starts a proxy that forwards the requests below a path to the origin `target`. All others get 404.
 * @param options.path as in `/orders-service`
 * @param options.keepsPath whether the path is part of the forwarded requests
 * @param options.hidesHost whether `Host` is that of the target, as nginx does by default
 */
export async function startPathProxy(
  target: string,
  { path, keepsPath, hidesHost = false }: { path: string; keepsPath: boolean; hidesHost?: boolean },
): Promise<PathProxy> {
  const server = await startHttpServer((request, response) => {
    const { url = '', method } = request;
    const headers = hidesHost ? { ...request.headers, host: new URL(target).host } : request.headers;
    const rest = url.startsWith(path) ? url.slice(path.length) : undefined;
    if (rest === undefined || !/^(?:[/?]|$)/.test(rest)) return void response.writeHead(404).end();
    const stripped = rest.startsWith('/') ? rest : `/${rest}`;
    const forwarded = sendRequest(target, { path: keepsPath ? url : stripped, method, headers }, (received) => {
      response.writeHead(received.statusCode ?? 502, received.headers);
      received.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    request.pipe(forwarded);
  });
  return { url: server.url + path, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
