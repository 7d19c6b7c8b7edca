// Generates signing secrets of webhooks, in the format of Standard Webhooks.

const secretBytes = 32;

/** Returns `whsec_` and 32 random bytes in base64. */
export function generateSecret(randomBytes: (size: number) => Uint8Array): string {
  return `whsec_${Buffer.from(randomBytes(secretBytes)).toString('base64')}`;
}
