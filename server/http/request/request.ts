// The request and response classes: Node's own, with the few members of Express that ts-rest uses. Converting Node's
// objects into those of Express costs more than everything else in a read, so only pages are passed to Express.

import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Scope } from '../../../contract/scopes.ts';
import type { ClaimMismatch } from '../../auth/claim-mismatch.ts';
import type { Principal } from '../../auth/principal.ts';
import type { RequestProblem } from '../../domain/problem.ts';
import { CompressedJson, JsonText, toJsonText } from '../../shared/json-text.ts';
import type { Route } from '../routing/route-table.ts';
import { endInPieces } from './large-response.ts';
import { endInBatch } from './response-batch.ts';

/** A Node server whose requests and responses are these classes. */
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
  /** The scopes that callers need. Empty: any valid token. Null: no authentication. */
  scopes: readonly Scope[] | null;
  /** The names of the parameters that the query may have. */
  queryParameters: ReadonlySet<string>;
  /** Sends the response to a request whose caller is authorized and whose body is read. */
  handle(request: ServiceRequest, response: ServiceResponse): void;
};

const unknownCaller: Caller = { address: '', isSecure: false, host: '' };

export class ServiceRequest extends IncomingMessage {
  /** The request id, which the service assigns. It is returned, logged and recorded with events. */
  id = '';
  /** The `X-Request-Id` that the client sent, if it is safe to log. */
  clientRequestId: string | null = null;
  /**
   * The host and port that the request is addressed to, as received: from an absolute request target, otherwise from
   * `Host`. Empty if there is none.
   */
  authority = '';
  /** The path at which clients reach the service, without a trailing slash; empty if it is the root. */
  basePath = '';
  /**
   * The path below the base path, without the query and still encoded. Empty if the target is the base path without a
   * trailing slash.
   */
  pathname = '';
  /** The query, without the question mark and still encoded. */
  search = '';
  /** The endpoint at this path; undefined for pages and unknown paths. */
  endpoint: Route<Endpoint> | undefined = undefined;
  params: Record<string, string> = {};
  query: Record<string, string | string[]> = {};
  body: unknown = undefined;
  /** Whether the client waits for `100 Continue` (RFC 9110, section 10.1.1). */
  isContinueAwaited = false;
  /** Rejects the body for the step that waits for it; undefined while no step waits. */
  rejectBody: ((error: RequestProblem) => void) | undefined = undefined;
  /** Why the body cannot be read, if that was found before a step waited for it. */
  bodyError: RequestProblem | undefined = undefined;
  /** Whether further requests of the connection wait for the response to this one. */
  isFollowed = false;
  /** The authenticated caller, if callers authenticate. */
  principal: Principal | undefined = undefined;
  /** The client, past the trusted proxies. */
  caller = unknownCaller;
}

/** A response of which nothing was sent yet; the body is its text. */
export type RenderedResponse = { status: number; headers: Record<string, string>; body: string };

/** A body that writes itself, for responses that do not end with one write. */
export type StreamBody = { writeTo(response: ServiceResponse): void };

/** The accounting of the bytes of a response against the limits of its caller and of the server. */
export type ByteAccount = {
  /** @throws RequestProblem `too-many-requests`, `unavailable`: too many bytes of responses are unread */
  assertRoom(response: ServiceResponse, bytes: number): void;
  /** Whether `bytes` more may be buffered for the caller of a response. */
  hasRoom(response: ServiceResponse, bytes: number): boolean;
  /** Logs that the caller of a response has too many unread bytes. */
  logCaller(response: ServiceResponse): void;
  /** Sets the unread bytes of a response. Connections may be closed, also this one. */
  record(response: ServiceResponse, bytes: number): void;
  /**
   * Counts bytes as further requests of the caller.
   * @returns the time until the caller is within its rate limit again, in milliseconds
   */
  charge(response: ServiceResponse, bytes: number): number;
  /** Waits for a turn, if the caller has sent or received too many bytes lately. @returns ends the turn */
  waitForTurn(response: ServiceResponse): Promise<() => void> | undefined;
};

/** JSON from this length on is checked and counted before it is sent, and sent in pieces, in characters. */
const largeLength = 65_536;

export class ServiceResponse extends ServerResponse<ServiceRequest> {
  /** The cause of a 5xx, for the log only. */
  failure: Error | undefined = undefined;
  /**
   * Why the caller was rejected, for the log only: the detail of a 401 or 403, also if the response is 429 because of
   * too many rejected tokens.
   */
  rejectionReason: string | undefined = undefined;
  /** The issuer and the audience of a rejected token if they are not as expected, for the log only. */
  claimMismatch: ClaimMismatch | undefined = undefined;
  /** Accounts the unread bytes. Undefined: they are not limited. */
  account: ByteAccount | undefined = undefined;
  /** The most bytes of text in the rows of a page. Undefined: the default. */
  maxPageBytes: number | undefined = undefined;
  /** Ends the turn of a request that had to wait for it. */
  endTurn: (() => void) | undefined = undefined;
  /** How a stream ended, for the log only. */
  ending: string | undefined = undefined;

  /** Records that the request has a turn, which ends with its response at the latest. */
  beginTurn(end: () => void): void {
    this.endTurn = end;
    this.once('prefinish', end).once('close', end);
  }

  status(code: number): this {
    this.statusCode = code;
    return this;
  }

  /** Writes a streamed body. Its content type is set already. */
  send(body: StreamBody): void {
    body.writeTo(this);
  }

  /**
   * Sends JSON (RFC 8259). A handler that sets the content type itself sends that type. The response to a GET is sent
   * at the end of the event-loop turn, together with others.
   */
  json(body: unknown): void {
    if (!this.hasHeader('Content-Type')) this.setHeader('Content-Type', 'application/json; charset=utf-8');
    const text = toJsonText(body);
    // Node sets no Content-Length on responses without a body and before HTTP/1.1.
    const { method, httpVersion } = this.req;
    if (method === 'HEAD' || httpVersion === '1.0') this.setHeader('Content-Length', Buffer.byteLength(text));
    if (text.length >= largeLength) this.#endLarge(body, text);
    else if (method === 'GET') endInBatch(this, text);
    else this.endWith(text);
  }

  /** Ends the response, and counts the bytes that the operating system does not accept at once. */
  endWith(text: string): void {
    this.end(text);
    this.account?.record(this, this.writableLength);
  }

  /**
   * Only a read can be rejected, because the command of a write has been executed. A rejected read is charged, too,
   * because it has been executed.
   */
  #endLarge(body: unknown, text: string): void {
    if (body instanceof CompressedJson) {
      // Not charged: the compressed document has less than 20 kB.
      this.setHeader('Content-Encoding', body.encoding).setHeader('Content-Length', body.bytes.length).end(body.bytes);
      return;
    }
    const parts = body instanceof JsonText && body.parts ? body.parts : [text];
    const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    this.account?.charge(this, bytes);
    if (this.req.method === 'GET') this.account?.assertRoom(this, bytes);
    this.setHeader('Content-Length', bytes);
    void endInPieces(this, parts, bytes);
  }
}

/** A function, not a method: a response that went through Express has lost the methods of its class. */
export function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}
