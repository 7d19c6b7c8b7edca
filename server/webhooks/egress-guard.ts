// The connections to receivers. None is made to an address that may not be connected to: what is checked is what is
// connected to, since a name is resolved once for each connection, here, and not again.

import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { DeliveryError } from './delivery-error.ts';
import { isNameNotFound, type Resolve } from './resolvers.ts';
import { describeAddress } from './target.ts';

type Guard = {
  readonly resolve: Resolve;
  /** Whether this address may be connected to. */
  mayConnectTo(address: string): boolean;
};

type AgentOptions = Guard & {
  /** Certificates of authorities that are trusted besides those of Node, in PEM. */
  readonly certificates?: string | undefined;
};

type OnCreated = (error: Error | null, socket: Duplex) => void;
type Open = () => Duplex | null | undefined;

/** So many sockets to one host, of which each webhook needs one at a time; whoever needs more waits. */
const maxSocketsPerHost = 1_000;
const maxIdlePerHost = 4;
/** After so long a socket without a request is closed. */
const idleTimeoutMs = 15_000;

export class GuardedAgents implements Disposable {
  readonly #agents: Record<'kept' | 'fresh', { http: http.Agent; https: https.Agent }>;

  constructor({ certificates, ...guard }: AgentOptions) {
    this.#agents = { kept: agentsWith(guard, certificates, true), fresh: agentsWith(guard, certificates, false) };
  }

  /** Begins a request to a URL on a connection that was kept, if there is one, or on one that is not. */
  request(url: URL, connection: 'kept' | 'fresh', options: https.RequestOptions): http.ClientRequest {
    const agents = this.#agents[connection];
    if (url.protocol === 'https:') return https.request(url, { ...options, agent: agents.https });
    return http.request(url, { ...options, agent: agents.http });
  }

  [Symbol.dispose](): void {
    for (const agents of Object.values(this.#agents)) {
      agents.http.destroy();
      agents.https.destroy();
    }
  }
}

function agentsWith(guard: Guard, certificates: string | undefined, keepAlive: boolean) {
  const options = {
    keepAlive,
    maxSockets: maxSocketsPerHost,
    maxFreeSockets: maxIdlePerHost,
    timeout: idleTimeoutMs,
    lookup: lookupBy(guard),
    autoSelectFamily: true,
  };
  const ca = certificates === undefined ? {} : { ca: [...getCACertificates(), certificates] };
  return {
    http: guarded(new http.Agent(options), guard),
    // Outright, since a variable of the environment would switch it off.
    https: guarded(new https.Agent({ ...options, ...ca, rejectUnauthorized: true }), guard),
  };
}

/** The agent, whose connections are opened only where the guard allows it. */
function guarded<Agent extends http.Agent>(agent: Agent, guard: Guard): Agent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, onCreated) => openGuarded(guard, options.host, () => connect(options), onCreated);
  return agent;
}

function openGuarded(guard: Guard, host: string | null | undefined, open: Open, onCreated: OnCreated | undefined) {
  // An address is connected to without a lookup.
  if (host && isIP(host) !== 0 && !guard.mayConnectTo(host)) {
    onCreated?.(new DeliveryError(describeAddress(host)), new Duplex());
    return undefined;
  }
  const socket = open();
  // Before everybody else, and so before a byte is sent, in case the lookup was ever passed by.
  socket?.prependOnceListener('connect', () => {
    const address = socket instanceof Socket ? (socket.remoteAddress ?? '') : '';
    if (!guard.mayConnectTo(address)) socket.destroy(new DeliveryError(describeAddress(address)));
  });
  return socket;
}

function lookupBy(guard: Guard): LookupFunction {
  return (name, _options, callback) => {
    resolveAllowed(name, guard).then(
      (addresses) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        ),
      (error) => callback(error, []),
    );
  };
}

/** The addresses of a name that may be connected to. */
async function resolveAllowed(name: string, { resolve, mayConnectTo }: Guard): Promise<string[]> {
  const addresses = await resolve(name).catch((cause: unknown) => {
    const sentence = isNameNotFound(cause) ? 'The name does not resolve.' : 'The name could not be resolved.';
    throw new DeliveryError(sentence, { cause });
  });
  const [first] = addresses;
  if (first === undefined) throw new DeliveryError('The name does not resolve.');
  const allowed = addresses.filter((address) => mayConnectTo(address));
  if (allowed.length === 0) throw new DeliveryError(describeAddress(first));
  return allowed;
}
