// Why an attempt has failed, in sentences for whoever looks after the receiver. They tell nothing of the inside of the
// service, and nothing that the receiver has said besides its status.

/** A failure that is told as it is: its message is a sentence for a person. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryFault';
}

const untrusted = 'The certificate is not from an authority that is trusted, or its chain is not complete.';
const selfSigned = 'The certificate is signed by itself.';
const broken = 'The connection was closed before the answer came.';
const unreachable = 'The address cannot be reached.';
export const notHttpMessage = 'The answer is not HTTP.';

/** Codes of Node and OpenSSL → what they mean. */
const sentences: Record<string, string> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: broken,
  EPIPE: broken,
  ETIMEDOUT: 'No connection could be made in time.',
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EADDRNOTAVAIL: unreachable,
  EACCES: unreachable,
  CERT_HAS_EXPIRED: 'The certificate has expired.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet.',
  CERT_REVOKED: 'The certificate was revoked.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name.',
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  HPE_HEADER_OVERFLOW: 'The head of the answer is too large.',
};

/** Code families that are told alike. */
const families: [start: RegExp, sentence: string][] = [
  [/^HPE_/, notHttpMessage],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$)/, 'No TLS connection could be made.'],
  [/^(CERT_|UNABLE_TO_|INVALID_|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$)/, 'The certificate is not valid.'],
];

/** What a failure of a request means, as a sentence. */
export function describeError(error: unknown): string {
  if (error instanceof DeliveryError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const family = families.find(([start]) => start.test(code));
  return sentences[code] ?? family?.[1] ?? 'No connection could be made.';
}

/** What a status that is no success means, as a sentence. */
export function describeStatus(status: number): string {
  const isRedirection = status >= 300 && status < 400;
  return isRedirection
    ? `The receiver answered with status ${status}, and redirections are not followed.`
    : `The receiver answered with status ${status}.`;
}
