// The headers of responses, as the OpenAPI document describes them. Headers that every HTTP service sends, such as
// `Date`, and those of browsers, such as `Vary`, are not listed.

/** `required`: whether every response that is described with the header has it. */
type ResponseHeader = {
  description: string;
  type: 'string' | 'integer';
  example: string | number;
  required: boolean;
};

/** Header → definition. */
export const responseHeaders = {
  'X-Request-Id': {
    description: 'The id that the service assigned to the request. It is also in the log and in problems.',
    type: 'string',
    example: 'b2f1c9d0-6c0e-4f57-9a55-1f1f3f2f7a10',
    required: true,
  },
  Location: {
    description: 'The path of the created resource, of the started validation or of the delivery',
    type: 'string',
    example: '/orders/42',
    required: true,
  },
  ETag: {
    description: 'The entity tag of the representation. Of an order, it is the version in quotes.',
    type: 'string',
    example: '"3"',
    required: true,
  },
  'Idempotent-Replayed': {
    description:
      '`true` if the response is the stored one of an earlier request with the same `Idempotency-Key`. Otherwise, ' +
      'the header is absent.',
    type: 'string',
    example: 'true',
    required: false,
  },
  'Retry-After': {
    description: 'Seconds to wait before the next attempt',
    type: 'integer',
    example: 30,
    required: true,
  },
  RateLimit: {
    description:
      'The remaining requests (`r`), and the seconds until the window ends (`t`). Absent if the service limits no ' +
      'requests, and if the request was rejected before it was counted.',
    type: 'string',
    example: '"reads";r=599;t=42',
    required: false,
  },
  'RateLimit-Policy': {
    description: 'The limit: requests (`q`) per window of seconds (`w`). Present together with `RateLimit`.',
    type: 'string',
    example: '"reads";q=600;w=60',
    required: false,
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 6750, section 3). On a 403, it is present if the token lacks a scope.',
    type: 'string',
    example: 'Bearer error="insufficient_scope", scope="orders:approve"',
    required: false,
  },
  Allow: {
    description: 'The methods that the path supports',
    type: 'string',
    example: 'GET, HEAD, PUT, OPTIONS',
    required: true,
  },
} as const satisfies Record<string, ResponseHeader>;

/** The name of a header that the document describes. */
export type ResponseHeaderName = keyof typeof responseHeaders;
