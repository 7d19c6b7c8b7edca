// A button that shows why it is disabled: in a tooltip on hover and focus, and as its description for screen readers.

import { type ReactNode, useId } from 'react';
import { Button, type ButtonKind } from './button.tsx';

const tooltipClasses =
  'pointer-events-none invisible absolute z-20 w-max rounded-md bg-primary px-2.5 py-1 text-xs text-on-primary opacity-0 ' +
  'shadow-lg transition-opacity ' +
  'group-hover:visible group-hover:opacity-100 group-has-focus-visible:visible group-has-focus-visible:opacity-100 ' +
  'pointer-coarse:group-focus-within:visible pointer-coarse:group-focus-within:opacity-100';

// Positions of the tooltip, relative to the nearest positioned ancestor: above a row of buttons, or below a button at
// the right edge.
const placementClasses = {
  above: 'bottom-full left-5 -mb-3.5 max-w-[calc(100%-2.5rem)]',
  below: 'top-full right-4 -mt-1 max-w-[calc(100%-2rem)]',
};

type ButtonWithReasonProps = {
  children: ReactNode;
  kind?: ButtonKind;
  /** Why the button is disabled; undefined if it is enabled. */
  disabledReason: string | undefined;
  placement: keyof typeof placementClasses;
  /** Disables the button without a reason, while a request is in progress. @default false */
  isBusy?: boolean;
  onPress: () => void;
};

/** A button that is disabled while it has a `disabledReason`. */
export function ButtonWithReason(props: ButtonWithReasonProps) {
  const { children, kind = 'plain', disabledReason, placement, isBusy = false, onPress } = props;
  const reasonId = useId();
  const hasReason = disabledReason !== undefined;
  return (
    <div className="group">
      <Button
        kind={hasReason ? 'plain' : kind}
        isDisabled={isBusy || hasReason}
        describedBy={hasReason ? reasonId : undefined}
        onPress={onPress}
      >
        {children}
      </Button>
      {hasReason && (
        <p id={reasonId} role="tooltip" className={`${tooltipClasses} ${placementClasses[placement]}`}>
          {disabledReason}
        </p>
      )}
    </div>
  );
}
