// A button for an action of the workflow. What the order does not allow stays reachable and says why, to the mouse,
// to the keyboard and to screen readers: above the buttons, as what happened to the order stands below them.

import { useId } from 'react';
import { type Action, type Order, refusalOf } from '../../client/index.ts';
import { Button, type ButtonKind } from '../ui/button.tsx';

const tooltipShape =
  'pointer-events-none invisible absolute bottom-full left-5 z-20 -mb-3.5 w-max max-w-[calc(100%-2.5rem)] rounded-md ' +
  'bg-primary px-2.5 py-1 text-xs text-on-primary opacity-0 shadow-lg transition-opacity ' +
  'group-hover:visible group-hover:opacity-100 group-has-focus-visible:visible group-has-focus-visible:opacity-100 ' +
  'pointer-coarse:group-focus-within:visible pointer-coarse:group-focus-within:opacity-100';

type ActionButtonProps = {
  action: Action;
  order: Order;
  name: string;
  kind?: ButtonKind;
  isBusy?: boolean;
  onPress: () => void;
};

export function ActionButton({ action, order, name, kind = 'plain', isBusy = false, onPress }: ActionButtonProps) {
  const reasonId = useId();
  const reason = refusalOf(action, order)?.detail;
  return (
    <div className="group">
      <Button
        kind={reason === undefined ? kind : 'plain'}
        isDisabled={isBusy || reason !== undefined}
        describedBy={reason === undefined ? undefined : reasonId}
        onPress={onPress}
      >
        {name}
      </Button>
      {reason !== undefined && (
        <p id={reasonId} role="tooltip" className={tooltipShape}>
          {reason}
        </p>
      )}
    </div>
  );
}
