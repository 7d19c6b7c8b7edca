// A button for an action of the workflow. Where the order does not allow it, or the token of who is signed in does not,
// it says so: above the buttons, as what happened to the order stands below them.

import { type Action, findRefusal, type Order } from '../../client/index.ts';
import { findMissingScope } from '../session/identity.ts';
import { useSession } from '../session/session.ts';
import type { ButtonKind } from '../ui/button.tsx';
import { ReasonedButton } from '../ui/reasoned-button.tsx';

type ActionButtonProps = {
  action: Action;
  order: Order;
  name: string;
  kind?: ButtonKind;
  isBusy?: boolean;
  onPress: () => void;
};

export function ActionButton({ action, order, name, ...button }: ActionButtonProps) {
  const { identity } = useSession();
  const reason = findMissingScope(action, identity) ?? findRefusal(action, order)?.detail;
  return (
    <ReasonedButton {...button} reason={reason} place="above">
      {name}
    </ReasonedButton>
  );
}
