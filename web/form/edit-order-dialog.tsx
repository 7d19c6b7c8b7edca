// Edits an order. Only what was changed is sent, so that the changes of others to other fields stay.

import { useState } from 'react';
import type { Order } from '../../client/index.ts';
import { useEditOrder } from '../data/commands.ts';
import { Dialog } from '../ui/dialog.tsx';
import { type Draft, toDraft, toNewOrder, toOrderEdit } from './draft.ts';
import { OrderForm } from './order-form.tsx';

export function EditOrderDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const [seen] = useState(order);
  const [initial] = useState(() => toDraft(order));
  const { mutate, error, isPending } = useEditOrder(seen);
  const submit = (draft: Draft) => {
    const edit = toOrderEdit(toNewOrder(draft), toNewOrder(initial));
    if (Object.keys(edit).length === 0) onClose();
    else mutate(edit, { onSuccess: onClose });
  };
  return (
    <Dialog title={`Edit order ${order.id}`} width="wide" onClose={onClose}>
      <OrderForm
        initial={initial}
        submitLabel="Save changes"
        isBusy={isPending}
        error={error}
        onSubmit={submit}
        onCancel={onClose}
      />
    </Dialog>
  );
}
