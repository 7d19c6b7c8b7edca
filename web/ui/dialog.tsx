// A modal dialog. The native element provides the focus trap, the Escape key, and the return of the focus.

import { type ReactNode, type SyntheticEvent, useId, useLayoutEffect, useRef } from 'react';
import { Button } from './button.tsx';
import { CrossIcon } from './icons.tsx';

const dialogClasses =
  'm-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] rounded-xl border border-line bg-canvas text-ink shadow-2xl ' +
  'backdrop:bg-shade max-sm:mb-0 max-sm:max-h-[calc(100dvh-1rem)] max-sm:w-full max-sm:max-w-full max-sm:rounded-b-none';

type DialogProps = { title: string; width?: 'narrow' | 'wide'; onClose: () => void; children: ReactNode };

/** A dialog that is open while it is rendered. `onClose` is called when the user closes it. */
export function Dialog({ title, width = 'narrow', onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // Focus the first field: by default, the browser focuses the close button, which comes first.
    dialog?.querySelector<HTMLElement>('input, textarea')?.focus();
    // Close the dialog before React removes it; otherwise the browser does not return the focus to the opener.
    return () => dialog?.close();
  }, []);
  const handleClose = (event: SyntheticEvent<HTMLDialogElement>) => {
    // React's strict mode closes and reopens the dialog. The close event arrives when the dialog is open again.
    if (event.target === event.currentTarget && !event.currentTarget.open) onClose();
  };
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      className={`${dialogClasses} ${width === 'wide' ? 'sm:max-w-3xl' : 'sm:max-w-md'}`}
      onClose={handleClose}
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

/** The bottom bar of a dialog, with its buttons. It stays visible while the content scrolls. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return (
    <div className="sticky bottom-0 flex flex-wrap items-center justify-end gap-2 border-t border-line bg-canvas px-5 py-3">
      {children}
    </div>
  );
}
