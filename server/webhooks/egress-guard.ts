// Connections to receivers, restricted to allowed addresses. A name is resolved exactly once for each connection, and
// the connection uses the addresses that were checked, so DNS rebinding cannot bypass the check.

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
  /** Whether connections to this address are allowed. */
  mayConnectTo(address: string): boolean;
};

type AgentOptions = Guard & {
  /** Certificates of trusted authorities besides those of Node, in PEM. */
  readonly certificates?: string | undefined;
};

type OnCreated = (error: Error | null, socket: Duplex) => void;
type Open = () => Duplex | null | undefined;

/** The most sockets to one host; further requests wait. Each webhook uses one at a time. */
const maxSocketsPerHost = 1_000;
const maxIdlePerHost = 4;
/** How long a socket without a request is kept open. */
const idleTimeoutMs = 15_000;

const nameNotFoundMessage = 'The host name does not exist or has no address.';

export class GuardedAgents implements Disposable {
  readonly #agents: Record<'kept' | 'fresh', { http: http.Agent; https: https.Agent }>;

  constructor({ certificates, ...guard }: AgentOptions) {
    this.#agents = {
      kept: createAgents(guard, certificates, true),
      fresh: createAgents(guard, certificates, false),
    };
  }

  /**
   * Creates a request to a URL, without sending it.
   * @param connection `kept`: on a kept-alive connection if there is one; `fresh`: on a new connection
   */
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

function createAgents(guard: Guard, certificates: string | undefined, keepAlive: boolean) {
  const options = {
    keepAlive,
    maxSockets: maxSocketsPerHost,
    maxFreeSockets: maxIdlePerHost,
    timeout: idleTimeoutMs,
    lookup: createGuardedLookup(guard),
    autoSelectFamily: true,
  };
  const ca = certificates === undefined ? {} : { ca: [...getCACertificates(), certificates] };
  return {
    http: guardAgent(new http.Agent(options), guard),
    // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would disable the default.
    https: guardAgent(new https.Agent({ ...options, ...ca, rejectUnauthorized: true }), guard),
  };
}

/** Replaces the agent's function that opens connections. */
function guardAgent<Agent extends http.Agent>(agent: Agent, guard: Guard): Agent {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, onCreated) => openGuarded(guard, options.host, () => connect(options), onCreated);
  return agent;
}

function openGuarded(guard: Guard, host: string | null | undefined, open: Open, onCreated: OnCreated | undefined) {
  // Node connects to IP addresses without a lookup.
  if (host && isIP(host) !== 0 && !guard.mayConnectTo(host)) {
    onCreated?.(new DeliveryError(describeAddress(host)), new Duplex());
    return undefined;
  }
  const socket = open();
  // A second check, in case the lookup was bypassed. Prepended, so that it runs before any byte is sent.
  socket?.prependOnceListener('connect', () => {
    const address = socket instanceof Socket ? (socket.remoteAddress ?? '') : '';
    if (!guard.mayConnectTo(address)) socket.destroy(new DeliveryError(describeAddress(address)));
  });
  return socket;
}

function createGuardedLookup(guard: Guard): LookupFunction {
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

/**
 * Returns the addresses of a name that connections are allowed to.
 * @throws DeliveryError the name does not resolve, or none of its addresses is allowed
 */
async function resolveAllowed(name: string, { resolve, mayConnectTo }: Guard): Promise<string[]> {
  const addresses = await resolve(name).catch((cause: unknown) => {
    const sentence = isNameNotFound(cause) ? nameNotFoundMessage : 'The host name could not be resolved.';
    throw new DeliveryError(sentence, { cause });
  });
  const [first] = addresses;
  if (first === undefined) throw new DeliveryError(nameNotFoundMessage);
  const allowed = addresses.filter((address) => mayConnectTo(address));
  if (allowed.length === 0) throw new DeliveryError(describeAddress(first));
  return allowed;
}
