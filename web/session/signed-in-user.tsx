// The name of the signed-in user and the sign-out button, in the header.

import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../ui/button.tsx';
import { SignOutIcon } from '../ui/icons.tsx';
import { signOut, useSession } from './session.ts';

/** Renders nothing if no user is signed in. */
export function SignedInUser() {
  const { subject } = useSession();
  const queryClient = useQueryClient();
  if (subject === null) return null;
  const handleSignOut = () => {
    signOut();
    queryClient.clear();
  };
  return (
    <div className="flex min-w-0 items-center">
      <p className="min-w-0 truncate text-muted" title={subject}>
        <span className="sr-only">Signed in as </span>
        {subject}
      </p>
      <Button kind="quiet" label="Sign out" onPress={handleSignOut}>
        <SignOutIcon />
      </Button>
    </div>
  );
}
