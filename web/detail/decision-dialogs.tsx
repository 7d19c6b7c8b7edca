// Asks once more before an order is approved or rejected, and for what should be kept with the decision. It holds for
// the order as it was when it was asked: what changes meanwhile, nobody has decided on.

import { type FormEvent, useState } from 'react';
import type { Order } from '../../client/index.ts';
import { useApproveOrder, useRejectOrder } from '../data/commands.ts';
import { ErrorAlert } from '../ui/alert.tsx';
import { Button, type ButtonKind } from '../ui/button.tsx';
import { Dialog, DialogFoot } from '../ui/dialog.tsx';
import { TextAreaField } from '../ui/field.tsx';

type DialogProps = { order: Order; onClose: () => void };

export function ApproveDialog({ order, onClose }: DialogProps) {
  const [seen] = useState(order);
  const approve = useApproveOrder(seen);
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

export function RejectDialog({ order, onClose }: DialogProps) {
  const [seen] = useState(order);
  const reject = useRejectOrder(seen);
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
        <DialogFoot>
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" kind={decision.kind} isDisabled={isBusy}>
            {decision.name}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
