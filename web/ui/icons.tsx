// Icons. All of them are hidden from screen readers, because a text or label next to each one states its meaning.

import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      className="size-4 shrink-0"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M8 3.5v9M3.5 8h9" />
    </Icon>
  );
}

export function CrossIcon() {
  return (
    <Icon>
      <path d="m4 4 8 8M12 4l-8 8" />
    </Icon>
  );
}

export function SignOutIcon() {
  return (
    <Icon>
      <path d="M6.5 13.5h-3v-11h3M10 11l3-3-3-3M13 8H6.5" />
    </Icon>
  );
}

export function Logo() {
  return (
    <svg className="size-5 shrink-0" viewBox="0 0 16 16" aria-hidden="true">
      <rect className="fill-accent" width="16" height="16" rx="4" />
      <path
        className="stroke-canvas"
        d="m4.5 8.3 2.4 2.4 4.6-5.2"
        fill="none"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
