// A button for an action of the workflow. It is disabled, with a reason, if the state of the order or the token of the
// user does not permit the action.

import { findRefusal, type KnownAction, type Order } from '@order-workflow/client';
import { useIdentity } from '../data/queries.ts';
import { describeMissingScope } from '../session/scopes.ts';
import type { ButtonKind } from '../ui/button.tsx';
import { ButtonWithReason } from '../ui/button-with-reason.tsx';

type ActionButtonProps = {
  action: KnownAction;
  order: Order;
  name: string;
  kind?: ButtonKind;
  isBusy?: boolean;
  onPress: () => void;
};

/** Shows the reason above the button, because the space below contains the outcome of the order. */
export function ActionButton({ action, order, name, ...button }: ActionButtonProps) {
  const identity = useIdentity();
  const disabledReason = describeMissingScope(action, identity) ?? findRefusal(action, order)?.detail;
  return (
    <ButtonWithReason {...button} disabledReason={disabledReason} placement="above">
      {name}
    </ButtonWithReason>
  );
}
