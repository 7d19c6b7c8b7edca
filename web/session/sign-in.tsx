// The sign-in dialog. It covers the page, which stays mounted behind it.

import { ConnectionError, type Identity } from '@order-workflow/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { keys } from '../data/queries.ts';
import { sdk } from '../data/sdk.ts';
import { toErrorText } from '../format/errors.ts';
import { Button } from '../ui/button.tsx';
import { TextAreaField } from '../ui/field.tsx';
import { Logo } from '../ui/icons.tsx';
import { signIn, useSession } from './session.ts';
import { parseSubject } from './token.ts';

const dialogClasses =
  'm-0 grid h-dvh max-h-none w-dvw max-w-none place-items-center overflow-y-auto bg-sunken p-4 text-ink backdrop:bg-sunken';
const panelClasses = 'w-full max-w-sm rounded-xl border border-line bg-raised p-6 shadow-sm';

/** A modal dialog that asks for a token. It closes only after a successful sign-in. */
export function SignIn() {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    dialog?.querySelector('textarea')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={ref} aria-labelledby={titleId} className={dialogClasses} closedby="none">
      <div className={panelClasses}>
        <div className="flex items-center gap-2.5">
          <Logo />
          <h1 id={titleId} className="text-base font-semibold">
            Sign in to Orders
          </h1>
        </div>
        <p className="mt-2 mb-4 text-muted">Paste your access token.</p>
        <TokenForm />
      </div>
    </dialog>
  );
}

function TokenForm() {
  const { subject: previous, signInPrompt } = useSession();
  const queryClient = useQueryClient();
  const [text, setText] = useState('');
  const { mutate, error, isPending, reset } = useMutation({ mutationFn: verifyToken });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending) mutate(text, { onSuccess: completeSignIn });
  };
  const completeSignIn = ({ token, identity }: VerifiedToken) => {
    // Another user must not see cached data of the previous one.
    if (previous !== null && previous !== identity.id) queryClient.clear();
    queryClient.setQueryData(keys.identity(identity.id), identity);
    signIn(token, identity.id);
    void queryClient.invalidateQueries();
  };
  return (
    <form noValidate onSubmit={submit} onKeyDown={submitOnEnter}>
      <TextAreaField
        label="Token"
        isCode
        placeholder="eyJ…"
        value={text}
        onChange={(value) => {
          setText(value);
          reset();
        }}
        error={error ? toSignInErrorText(error) : (signInPrompt?.reason ?? undefined)}
      />
      <div className="mt-4 grid">
        <Button type="submit" kind="primary" isDisabled={isPending}>
          Sign in
        </Button>
      </div>
      <p className="mt-4 text-xs text-muted">The token is kept until you sign out or close this tab.</p>
    </form>
  );
}

/** The Enter key submits the form: a token contains no line breaks, although its field has several lines. */
function submitOnEnter(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}

type VerifiedToken = { token: string; identity: Identity };

/**
 * Gets the identity of the token's owner from the service.
 * @throws Error the text is not a token, or the service rejects it
 */
async function verifyToken(text: string): Promise<VerifiedToken> {
  const token = text.replace(/^\s*bearer\s/i, '').replaceAll(/\s/g, '');
  if (parseSubject(token) === null)
    throw new Error(token === '' ? 'Paste a token first.' : 'This is not a valid token.');
  const identity = await sdk.identity.get({}, { headers: { authorization: `Bearer ${token}` } });
  return { token, identity };
}

function toSignInErrorText(error: Error): string {
  return error instanceof ConnectionError ? 'The service did not respond.' : toErrorText(error).detail;
}
