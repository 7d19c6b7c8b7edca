// A button that can be out of use for a reason. It stays reachable and says why, to the mouse, to the keyboard and to
// screen readers.

import { type ReactNode, useId } from 'react';
import { Button, type ButtonKind } from './button.tsx';

const tooltipShape =
  'pointer-events-none invisible absolute z-20 w-max rounded-md bg-primary px-2.5 py-1 text-xs text-on-primary opacity-0 ' +
  'shadow-lg transition-opacity ' +
  'group-hover:visible group-hover:opacity-100 group-has-focus-visible:visible group-has-focus-visible:opacity-100 ' +
  'pointer-coarse:group-focus-within:visible pointer-coarse:group-focus-within:opacity-100';

/**
 * Where the reason stands, seen from the nearest positioned element: over a row of buttons, or under one at the right.
 */
const places = {
  above: 'bottom-full left-5 -mb-3.5 max-w-[calc(100%-2.5rem)]',
  below: 'top-full right-4 -mt-1 max-w-[calc(100%-2rem)]',
};

type ReasonedButtonProps = {
  children: ReactNode;
  kind?: ButtonKind;
  /** Why it is out of use; undefined where it is not. */
  reason: string | undefined;
  place: keyof typeof places;
  isBusy?: boolean;
  onPress: () => void;
};

export function ReasonedButton({ children, kind, reason, place, isBusy = false, onPress }: ReasonedButtonProps) {
  const reasonId = useId();
  const isOut = reason !== undefined;
  return (
    <div className="group">
      <Button
        kind={isOut ? 'plain' : (kind ?? 'plain')}
        isDisabled={isBusy || isOut}
        describedBy={isOut ? reasonId : undefined}
        onPress={onPress}
      >
        {children}
      </Button>
      {isOut && (
        <p id={reasonId} role="tooltip" className={`${tooltipShape} ${places[place]}`}>
          {reason}
        </p>
      )}
    </div>
  );
}
