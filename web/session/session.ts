// The session of the signed-in user. The token is stored in the session storage of the tab, and is deleted when the
// service rejects it.

import { useSyncExternalStore } from 'react';
import { serviceUrl } from './service-url.ts';
import { parseSubject } from './token.ts';

type Session = {
  /** The signed-in user. Null before the first sign-in, and always null if authentication is off. */
  subject: string | null;
  /** Undefined if no token is required now. */
  signInPrompt: { /** Why the previous token was rejected; null without one. */ reason: string | null } | undefined;
};

/** Services at other paths of the same host share the storage, but not the token. */
const storageKey = `orders.token:${new URL(serviceUrl).pathname}`;

let token = sessionStorage.getItem(storageKey) ?? undefined;
let session: Session = { subject: token === undefined ? null : parseSubject(token), signInPrompt: undefined };
const listeners = new Set<() => void>();

/** The current session. The component renders again when it changes. */
export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

/** The bearer token of requests; undefined if no user is signed in. */
export function getToken(): string | undefined {
  return token;
}

/** Stores a token and closes the sign-in dialog. */
export function signIn(newToken: string, subject: string): void {
  storeToken(newToken);
  setSession({ subject, signInPrompt: undefined });
}

/** Deletes the token and opens the sign-in dialog. */
export function signOut(): void {
  storeToken(undefined);
  setSession({ subject: null, signInPrompt: { reason: null } });
}

/** Opens the sign-in dialog after the service has returned 401 with this detail. */
export function requestSignIn(detail: string): void {
  if (session.signInPrompt) return;
  const reason = token === undefined ? null : detail;
  storeToken(undefined);
  // The subject stays, so that the page remains mounted and keeps unsaved input until the user signs in again.
  setSession({ subject: session.subject, signInPrompt: { reason } });
}

function storeToken(newToken: string | undefined): void {
  token = newToken;
  if (newToken === undefined) sessionStorage.removeItem(storageKey);
  else sessionStorage.setItem(storageKey, newToken);
}

function setSession(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
