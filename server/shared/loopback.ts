// Recognizes loopback hosts.

/** Matches `localhost` and its subdomains (RFC 6761, section 6.3), 127.0.0.0/8, and ::1 with or without brackets. */
export function isLoopback(host: string): boolean {
  return /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
