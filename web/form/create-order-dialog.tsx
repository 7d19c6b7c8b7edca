// The dialog that creates an order. After success, it opens the order.

import { useState } from 'react';
import { useCreateOrder } from '../data/commands.ts';
import { navigate } from '../navigation/route.ts';
import { Dialog } from '../ui/dialog.tsx';
import { createEmptyDraft, toNewOrder } from './order-draft.ts';
import { OrderForm } from './order-form.tsx';

/** `onClose` is called after success and when the user cancels. */
export function CreateOrderDialog({ onClose }: { onClose: () => void }) {
  const [initial] = useState(createEmptyDraft);
  const { mutate, error, isPending } = useCreateOrder();
  const handleCreated = ({ id }: { id: number }) => {
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
        onSubmit={(draft) => mutate(toNewOrder(draft), { onSuccess: handleCreated })}
        onCancel={onClose}
      />
    </Dialog>
  );
}
