// Describes failed attempts in sentences for the operator of the receiver. They are stored with the delivery and must
// reveal neither internals of the service nor anything from the response except its status.

/** A failure whose message is a sentence for the operator of the receiver. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
}

const untrusted = 'The certificate is not issued by a trusted authority, or its chain is incomplete.';
const selfSigned = 'The certificate is self-signed.';
const closedEarly = 'The connection was closed before a response was received.';
const unreachable = 'The address is unreachable.';
export const notHttpMessage = 'The response is not valid HTTP.';

/** Error codes of Node and OpenSSL → sentences. */
const sentences: Record<string, string> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: closedEarly,
  EPIPE: closedEarly,
  ETIMEDOUT: 'The connection could not be established in time.',
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  EACCES: unreachable,
  CERT_HAS_EXPIRED: 'The certificate has expired.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet.',
  CERT_REVOKED: 'The certificate was revoked.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate does not match the host name.',
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  HPE_HEADER_OVERFLOW: 'The response headers are too large.',
};

/** Patterns of further error codes, and their sentences. */
const families: [pattern: RegExp, sentence: string][] = [
  [/^HPE_/, notHttpMessage],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$)/, 'The TLS connection could not be established.'],
  [/^(CERT_|UNABLE_TO_|INVALID_|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$)/, 'The certificate is invalid.'],
];

/** Returns a sentence for an error of a request. */
export function describeError(error: unknown): string {
  if (error instanceof DeliveryError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const family = families.find(([pattern]) => pattern.test(code));
  return sentences[code] ?? family?.[1] ?? 'The connection could not be established.';
}

/** Returns a sentence for a status outside 200 to 299. */
export function describeStatus(status: number): string {
  const isRedirect = status >= 300 && status < 400;
  const details = isRedirect ? '; redirects are not followed' : '';
  return `The receiver responded with status ${status}${details}.`;
}
