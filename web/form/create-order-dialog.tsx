// Creates an order and opens it.

import { useState } from 'react';
import { useCreateOrder } from '../data/commands.ts';
import { navigate } from '../location/route.ts';
import { Dialog } from '../ui/dialog.tsx';
import { emptyDraft, toNewOrder } from './draft.ts';
import { OrderForm } from './order-form.tsx';

export function CreateOrderDialog({ onClose }: { onClose: () => void }) {
  const [initial] = useState(emptyDraft);
  const { mutate, error, isPending } = useCreateOrder();
  const created = ({ id }: { id: number }) => {
    onClose();
    navigate({ orderId: id, status: null });
  };
  return (
    <Dialog title="New order" width="wide" onClose={onClose}>
      <OrderForm
        initial={initial}
        submitLabel="Create order"
        isBusy={isPending}
        error={error}
        onSubmit={(draft) => mutate(toNewOrder(draft), { onSuccess: created })}
        onCancel={onClose}
      />
    </Dialog>
  );
}
