// Who is signed in. The token is kept in this tab alone, and is forgotten when the service refuses it.

import { useSyncExternalStore } from 'react';
import { type Identity, parseIdentity } from './identity.ts';

type Session = {
  /** Null where nobody has signed in, as with a service that asks nobody who they are. */
  identity: Identity | null;
  /** Undefined: nobody is asked for a token. */
  question: { /** Why the former token was refused, where there was one. */ reason: string | null } | undefined;
};

const storageKey = 'orders.token';

let token = sessionStorage.getItem(storageKey) ?? undefined;
let session: Session = { identity: token === undefined ? null : parseIdentity(token), question: undefined };
const listeners = new Set<() => void>();

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

/** The token that requests are sent with. */
export function currentToken(): string | undefined {
  return token;
}

export function signIn(newToken: string, identity: Identity): void {
  keep(newToken);
  tell({ identity, question: undefined });
}

export function signOut(): void {
  keep(undefined);
  tell({ identity: null, question: { reason: null } });
}

/** Asks for a token, since the service has refused a request for want of a good one. */
export function askForToken(detail: string): void {
  if (session.question) return;
  const reason = token === undefined ? null : detail;
  keep(undefined);
  // Whoever was signed in stays on the page beneath, and finds what they were doing when they sign in again.
  tell({ identity: session.identity, question: { reason } });
}

function keep(newToken: string | undefined): void {
  token = newToken;
  if (newToken === undefined) sessionStorage.removeItem(storageKey);
  else sessionStorage.setItem(storageKey, newToken);
}

function tell(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
