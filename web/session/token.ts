// Reads the subject of a token for display. The signature is not verified: the service authorizes every request.

/** Parses the claim `sub` of a JWT. Returns null if the text is not a token with a subject. */
export function parseSubject(token: string): string | null {
  try {
    const { sub } = JSON.parse(decodeBase64Url(token.split('.')[1] ?? ''));
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}

function decodeBase64Url(part: string): string {
  const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}
