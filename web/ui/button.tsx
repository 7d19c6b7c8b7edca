// Buttons. One that cannot be used now stays in the tab order and can say why: it is aria-disabled, never disabled.

import type { MouseEvent, ReactNode } from 'react';

export type ButtonKind = 'primary' | 'plain' | 'danger' | 'quiet';

const looks: Record<ButtonKind, string> = {
  primary: 'bg-primary text-on-primary border-primary enabled-hover:opacity-85',
  plain: 'bg-raised text-ink border-line-strong enabled-hover:bg-hover',
  danger: 'bg-raised text-red border-line-strong enabled-hover:bg-red-soft',
  quiet: 'border-transparent text-muted enabled-hover:bg-hover enabled-hover:text-ink',
};

const shape =
  'inline-flex h-8 items-center justify-center gap-1.5 rounded-md border px-3 font-medium whitespace-nowrap ' +
  'transition-colors select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-45';

type ButtonProps = {
  children: ReactNode;
  onPress?: () => void;
  type?: 'button' | 'submit';
  kind?: ButtonKind;
  isDisabled?: boolean;
  /** The accessible name, where the content is not text. */
  label?: string;
  /** The element that says more, such as why it is disabled. */
  describedBy?: string | undefined;
};

export function Button(props: ButtonProps) {
  const { children, onPress, type = 'button', kind = 'plain', isDisabled = false, label, describedBy } = props;
  const press = (event: MouseEvent) => {
    if (isDisabled) event.preventDefault();
    else onPress?.();
  };
  return (
    <button
      type={type}
      className={`${shape} ${looks[kind]} ${label === undefined ? '' : 'w-8 px-0'}`}
      aria-disabled={isDisabled}
      aria-label={label}
      aria-describedby={describedBy}
      title={label}
      onClick={press}
    >
      {children}
    </button>
  );
}
