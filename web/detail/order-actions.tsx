// The buttons for the actions of an order. The workflow table of the contract defines which actions are enabled.

import type { Order } from '@order-workflow/client';
import { useState } from 'react';
import { useRetryValidation, useValidateOrder } from '../data/commands.ts';
import { EditOrderDialog } from '../form/edit-order-dialog.tsx';
import { ErrorAlert } from '../ui/alert.tsx';
import { ActionButton } from './action-button.tsx';
import { ApproveDialog, RejectDialog } from './decision-dialogs.tsx';

type OpenDialog = 'edit' | 'approve' | 'reject' | null;

/** Retry is shown only if the latest validation is dead. */
export function OrderActions({ order }: { order: Order }) {
  const [openDialog, setOpenDialog] = useState<OpenDialog>(null);
  const validate = useValidateOrder(order.id);
  const retry = useRetryValidation();
  const isBusy = validate.isPending || retry.isPending;
  const error = validate.error ?? retry.error;
  const open = (dialog: OpenDialog) => {
    validate.reset();
    retry.reset();
    setOpenDialog(dialog);
  };
  const close = () => setOpenDialog(null);
  return (
    <>
      <div className="relative flex flex-wrap gap-2 px-5 py-4">
        <ActionButton action="edit" name="Edit" order={order} onPress={() => open('edit')} />
        <ActionButton
          action="validate"
          name="Validate"
          order={order}
          isBusy={isBusy}
          onPress={() => validate.mutate()}
        />
        {order.validation?.state === 'dead' && (
          <ActionButton
            action="retry"
            name="Retry"
            order={order}
            isBusy={isBusy}
            onPress={() => retry.mutate(order.validation?.id ?? 0)}
          />
        )}
        <ActionButton action="approve" name="Approve" kind="primary" order={order} onPress={() => open('approve')} />
        <ActionButton action="reject" name="Reject" kind="danger" order={order} onPress={() => open('reject')} />
      </div>
      {error && (
        <div className="px-5 pb-4">
          <ErrorAlert error={error} />
        </div>
      )}
      {openDialog === 'edit' && <EditOrderDialog order={order} onClose={close} />}
      {openDialog === 'approve' && <ApproveDialog order={order} onClose={close} />}
      {openDialog === 'reject' && <RejectDialog order={order} onClose={close} />}
    </>
  );
}
