// Asks for a token, in front of everything else. What was begun stays open beneath until somebody signs in.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { ConnectionError, ProblemError } from '../../client/index.ts';
import { service } from '../data/service.ts';
import { toErrorText } from '../text/errors.ts';
import { Button } from '../ui/button.tsx';
import { TextAreaField } from '../ui/field.tsx';
import { Logo } from '../ui/icons.tsx';
import { type Identity, parseIdentity } from './identity.ts';
import { signIn, useSession } from './session.ts';

const screenShape =
  'm-0 grid h-dvh max-h-none w-dvw max-w-none place-items-center overflow-y-auto bg-sunken p-4 text-ink backdrop:bg-sunken';
const panelShape = 'w-full max-w-sm rounded-xl border border-line bg-raised p-6 shadow-sm';

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
    <dialog ref={ref} aria-labelledby={titleId} className={screenShape} closedby="none">
      <div className={panelShape}>
        <div className="flex items-center gap-2.5">
          <Logo />
          <h1 id={titleId} className="text-base font-semibold">
            Sign in to Orders
          </h1>
        </div>
        <p className="mt-2 mb-4 text-muted">Paste a token that was issued to you.</p>
        <TokenForm />
      </div>
    </dialog>
  );
}

function TokenForm() {
  const { identity: former, question } = useSession();
  const queryClient = useQueryClient();
  const [text, setText] = useState('');
  const { mutate, error, isPending, reset } = useMutation({ mutationFn: check });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending) mutate(text, { onSuccess: enter });
  };
  const enter = ({ token, identity }: Checked) => {
    // What one person has read is not for another.
    if (former && former.subject !== identity.subject) queryClient.clear();
    signIn(token, identity);
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
        fault={error ? faultOf(error) : (question?.reason ?? undefined)}
      />
      <div className="mt-4 grid">
        <Button type="submit" kind="primary" isDisabled={isPending}>
          Sign in
        </Button>
      </div>
      <p className="mt-4 text-xs text-muted">It stays in this tab, until you sign out or close it.</p>
    </form>
  );
}

/** A token has no lines, though it takes some to be seen. */
function submitOnEnter(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}

type Checked = { token: string; identity: Identity };

/** Shows the token to the service. One that may not read is good for something else. */
async function check(text: string): Promise<Checked> {
  const token = text.replace(/^\s*bearer\s/i, '').replaceAll(/\s/g, '');
  const identity = parseIdentity(token);
  if (!identity) throw new Error(token === '' ? 'Paste a token first.' : 'This is not a token.');
  try {
    await service.stats.get({}, { headers: { authorization: `Bearer ${token}` } });
  } catch (error) {
    if (!(error instanceof ProblemError && error.code === 'forbidden')) throw error;
  }
  return { token, identity };
}

function faultOf(error: Error): string {
  return error instanceof ConnectionError ? 'No answer came from the service.' : toErrorText(error).detail;
}
