// The dialog that edits an order. It sends changed fields only, so that concurrent changes to other fields are kept.

import type { Order } from '@order-workflow/client';
import { useState } from 'react';
import { useEditOrder } from '../data/commands.ts';
import { Dialog } from '../ui/dialog.tsx';
import { type OrderDraft, toDraft, toNewOrder, toOrderEdit } from './order-draft.ts';
import { OrderForm } from './order-form.tsx';

/** Closes without a request if no field was changed. */
export function EditOrderDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const [displayed] = useState(order);
  const [initial] = useState(() => toDraft(order));
  const { mutate, error, isPending } = useEditOrder(displayed);
  const submit = (draft: OrderDraft) => {
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
