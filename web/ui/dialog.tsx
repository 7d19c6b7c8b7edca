// A modal dialog on the native element, which brings the focus trap, Escape, and the way back to the opener.

import { type ReactNode, type SyntheticEvent, useId, useLayoutEffect, useRef } from 'react';
import { Button } from './button.tsx';
import { CrossIcon } from './icons.tsx';

const shape =
  'm-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] rounded-xl border border-line bg-canvas text-ink shadow-2xl ' +
  'backdrop:bg-shade max-sm:mb-0 max-sm:max-h-[calc(100dvh-1rem)] max-sm:w-full max-sm:max-w-full max-sm:rounded-b-none';

type DialogProps = { title: string; width?: 'narrow' | 'wide'; onClose: () => void; children: ReactNode };

/** Open as long as it is rendered; `onClose` asks for the end of that. */
export function Dialog({ title, width = 'narrow', onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // To what it asks for, not to its close button, which comes first.
    dialog?.querySelector<HTMLElement>('input, textarea')?.focus();
    // Before it leaves the page, or the browser does not give the focus back.
    return () => dialog?.close();
  }, []);
  const closed = (event: SyntheticEvent<HTMLDialogElement>) => {
    // React's strict mode closes and opens again: the late event of that is not the end.
    if (event.target === event.currentTarget && !event.currentTarget.open) onClose();
  };
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      className={`${shape} ${width === 'wide' ? 'sm:max-w-3xl' : 'sm:max-w-md'}`}
      onClose={closed}
    >
      <div className="sticky top-0 z-10 flex items-center border-b border-line bg-canvas py-2 pr-2 pl-5">
        <h2 id={titleId} className="text-sm font-semibold">
          {title}
        </h2>
        <div className="ml-auto">
          <Button kind="quiet" label="Close" onPress={onClose}>
            <CrossIcon />
          </Button>
        </div>
      </div>
      {children}
    </dialog>
  );
}

/** The buttons at the foot of a dialog, and what stands before them. */
export function DialogFoot({ children }: { children: ReactNode }) {
  return (
    <div className="sticky bottom-0 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-canvas px-5 py-3">
      {children}
    </div>
  );
}
