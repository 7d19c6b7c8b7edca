// Buttons. A disabled button uses `aria-disabled` instead of `disabled`, so that it stays in the tab order and can show
// a reason.

import type { MouseEvent, ReactNode } from 'react';

/** The visual style of a button. @default 'plain' */
export type ButtonKind = 'primary' | 'plain' | 'danger' | 'quiet';

const kindClasses: Record<ButtonKind, string> = {
  primary: 'bg-primary text-on-primary border-primary enabled-hover:opacity-85',
  plain: 'bg-raised text-ink border-line-strong enabled-hover:bg-hover',
  danger: 'bg-raised text-red border-line-strong enabled-hover:bg-red-soft',
  quiet: 'border-transparent text-muted enabled-hover:bg-hover enabled-hover:text-ink',
};

const baseClasses =
  'inline-flex h-8 items-center justify-center gap-1.5 rounded-md border px-3 font-medium whitespace-nowrap ' +
  'transition-colors select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-45';

type ButtonProps = {
  children: ReactNode;
  onPress?: () => void;
  type?: 'button' | 'submit';
  kind?: ButtonKind;
  isDisabled?: boolean;
  /** The accessible name of a button without text. */
  label?: string;
  /** The id of the element that describes the button, for example with the reason why it is disabled. */
  describedBy?: string | undefined;
};

/** A button that ignores presses while it is disabled. */
export function Button(props: ButtonProps) {
  const { children, onPress, type = 'button', kind = 'plain', isDisabled = false, label, describedBy } = props;
  const handleClick = (event: MouseEvent) => {
    if (isDisabled) event.preventDefault();
    else onPress?.();
  };
  return (
    <button
      type={type}
      className={`${baseClasses} ${kindClasses[kind]} ${label === undefined ? '' : 'w-8 px-0'}`}
      aria-disabled={isDisabled}
      aria-label={label}
      aria-describedby={describedBy}
      title={label}
      onClick={handleClick}
    >
      {children}
    </button>
  );
}
