// Which names and addresses mean this machine alone.

/** `localhost`, names below it (RFC 6761, section 6.3), 127.0.0.0/8 and ::1, the latter with brackets or without. */
export function isLoopback(host: string): boolean {
  return /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
