// Says who is signed in, and lets them sign out. Nothing of it is seen where nobody is asked who they are.

import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../ui/button.tsx';
import { SignOutIcon } from '../ui/icons.tsx';
import { signOut, useSession } from './session.ts';

export function SignedInUser() {
  const { identity } = useSession();
  const queryClient = useQueryClient();
  if (!identity) return null;
  const leave = () => {
    signOut();
    queryClient.clear();
  };
  return (
    <div className="flex min-w-0 items-center">
      <p className="min-w-0 truncate text-muted" title={identity.subject}>
        <span className="sr-only">Signed in as </span>
        {identity.subject}
      </p>
      <Button kind="quiet" label="Sign out" onPress={leave}>
        <SignOutIcon />
      </Button>
    </div>
  );
}
