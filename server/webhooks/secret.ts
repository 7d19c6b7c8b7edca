// The secret that the deliveries of a webhook are signed with, in the form of Standard Webhooks.

const secretBytes = 32;

/** A new secret: `whsec_` and 32 random bytes in base64. */
export function generateSecret(randomBytes: (size: number) => Uint8Array): string {
  return `whsec_${Buffer.from(randomBytes(secretBytes)).toString('base64')}`;
}
