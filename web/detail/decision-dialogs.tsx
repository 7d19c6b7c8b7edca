// Dialogs that confirm an approval or a rejection and ask for a note or a reason. The decision applies to the version
// of the order that was displayed when the dialog opened; if the order changes meanwhile, the service rejects it.

import type { Order } from '@order-workflow/client';
import { type FormEvent, useState } from 'react';
import { useApproveOrder, useRejectOrder } from '../data/commands.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { Button, type ButtonKind } from '../ui/button.tsx';
import { Dialog, DialogFooter } from '../ui/dialog.tsx';
import { TextAreaField } from '../ui/field.tsx';

type DialogProps = { order: Order; onClose: () => void };

/** Confirms an approval and asks for an optional note. */
export function ApproveDialog({ order, onClose }: DialogProps) {
  const [displayed] = useState(order);
  const approve = useApproveOrder(displayed);
  return (
    <DecisionDialog
      title={`Approve order ${order.id}`}
      fieldLabel="Note"
      decision={{ name: 'Approve order', kind: 'primary' }}
      error={approve.error}
      isBusy={approve.isPending}
      onDecide={(note) => approve.mutate(note, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

/** Confirms a rejection and asks for an optional reason. */
export function RejectDialog({ order, onClose }: DialogProps) {
  const [displayed] = useState(order);
  const reject = useRejectOrder(displayed);
  return (
    <DecisionDialog
      title={`Reject order ${order.id}`}
      fieldLabel="Reason"
      decision={{ name: 'Reject order', kind: 'danger' }}
      error={reject.error}
      isBusy={reject.isPending}
      onDecide={(reason) => reject.mutate(reason, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

type DecisionDialogProps = {
  title: string;
  fieldLabel: string;
  decision: { name: string; kind: ButtonKind };
  error: Error | null;
  isBusy: boolean;
  onDecide: (text: string) => void;
  onClose: () => void;
};

function DecisionDialog({ title, fieldLabel, decision, error, isBusy, onDecide, onClose }: DecisionDialogProps) {
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isBusy) onDecide(text);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <div className="space-y-4 px-5 py-4">
          {error && <ErrorAlert error={error} />}
          <TextAreaField label={fieldLabel} placeholder="Optional" value={text} onChange={setText} />
        </div>
        <DialogFooter>
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" kind={decision.kind} isDisabled={isBusy}>
            {decision.name}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}
