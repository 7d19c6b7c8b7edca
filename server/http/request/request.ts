// A request and its response: Node's own, and the little of Express's that ts-rest asks for. To turn Node's into
// Express's costs more than everything else that is done for a read, so only pages are given to Express.

import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Scope } from '../../../contract/scopes.ts';
import type { Principal } from '../../auth/principal.ts';
import type { RequestProblem } from '../../domain/problem.ts';
import { toJsonText } from '../../shared/json-text.ts';
import type { Route } from '../routing/route-table.ts';
import { endWithTurn } from './outbox.ts';

/** A server of Node's that makes these. */
export type ServiceServer = Server<typeof ServiceRequest, typeof ServiceResponse>;

/** The client of a request, and how the request reached the first proxy, or the service if there is no proxy. */
export type Caller = {
  /** Empty if the connection is closed. */
  readonly address: string;
  /** Whether a trusted proxy reports that the client used HTTPS. */
  readonly isSecure: boolean;
  /** The host and port that the client used; empty if unknown. */
  readonly host: string;
};

/** An endpoint of the contract. */
export type Endpoint = {
  /** The scopes that callers need. Null: no authentication. */
  scopes: readonly Scope[] | null;
  /** Sends the response to a request whose caller is authorized and whose body is read. */
  handle(request: ServiceRequest, response: ServiceResponse): void;
};

const unknownCaller: Caller = { address: '', isSecure: false, host: '' };

export class ServiceRequest extends IncomingMessage {
  /** Names the request, in its answer and in the log. */
  id = '';
  /** The path, without the query and still encoded. */
  pathname = '';
  /** The query, without its question mark and still encoded. */
  search = '';
  /** The endpoint at this path; undefined for pages and unknown paths. */
  endpoint: Route<Endpoint> | undefined = undefined;
  params: Record<string, string> = {};
  query: Record<string, string | string[]> = {};
  body: unknown = undefined;
  /** Whether the caller waits to be told that its body is wanted (RFC 9110, section 10.1.1). */
  isContinueAwaited = false;
  /** Tells whoever waits for the body that it cannot be read; undefined where nobody does. */
  rejectBody: ((error: RequestProblem) => void) | undefined = undefined;
  /** Why the body cannot be read, where that was seen before anybody waited for it. */
  bodyError: RequestProblem | undefined = undefined;
  /** Who sends it, where that was asked. */
  principal: Principal | undefined = undefined;
  /** The client, past the trusted proxies. */
  caller = unknownCaller;
}

/** A response of which nothing was sent yet; the body is its text. */
export type RenderedResponse = { status: number; headers: Record<string, string>; body: string };

/** A body that writes itself, for as long as it takes, where the head is to say what it is. */
export type StreamBody = { writeTo(response: ServiceResponse): void };

export class ServiceResponse extends ServerResponse<ServiceRequest> {
  /** Why the service has failed, where it has: for the log alone. */
  failure: Error | undefined = undefined;
  /** How it ends, where that is no question of one answer: for the log alone. */
  ending: string | undefined = undefined;

  status(code: number): this {
    this.statusCode = code;
    return this;
  }

  /** Lets a body write itself. Its content type is set. */
  send(body: StreamBody): void {
    body.writeTo(this);
  }

  /**
   * Answers with JSON (RFC 8259): a GET together with others, at the end of its turn, all else at once. Only a handler
   * that sets a content type itself answers with another.
   */
  json(body: unknown): void {
    if (!this.hasHeader('Content-Type')) this.setHeader('Content-Type', 'application/json; charset=utf-8');
    const text = toJsonText(body);
    // Without a body, and before HTTP/1.1, Node says no length of itself.
    const { method, httpVersion } = this.req;
    if (method === 'HEAD' || httpVersion === '1.0') this.setHeader('Content-Length', Buffer.byteLength(text));
    if (method === 'GET') endWithTurn(this, text);
    else this.end(text);
  }
}

/** Sets each of these headers. No method: a response that Express has had in its hands has lost those of its class. */
export function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
