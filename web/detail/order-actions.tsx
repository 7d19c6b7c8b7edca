// What can be done with an order. The workflow table of the contract decides what is offered.

import { useState } from 'react';
import type { Order } from '../../client/index.ts';
import { useRetryValidation, useValidateOrder } from '../data/commands.ts';
import { EditOrderDialog } from '../form/edit-order-dialog.tsx';
import { ErrorAlert } from '../ui/alert.tsx';
import { ActionButton } from './action-button.tsx';
import { ApproveDialog, RejectDialog } from './decision-dialogs.tsx';

type Question = 'edit' | 'approve' | 'reject' | null;

export function OrderActions({ order }: { order: Order }) {
  const [question, setQuestion] = useState<Question>(null);
  const validate = useValidateOrder(order.id);
  const retry = useRetryValidation();
  const isBusy = validate.isPending || retry.isPending;
  const error = validate.error ?? retry.error;
  const ask = (next: Question) => {
    validate.reset();
    retry.reset();
    setQuestion(next);
  };
  return (
    <>
      <div className="relative flex flex-wrap gap-2 px-5 py-4">
        <ActionButton action="edit" name="Edit" order={order} onPress={() => ask('edit')} />
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
        <ActionButton action="approve" name="Approve" kind="primary" order={order} onPress={() => ask('approve')} />
        <ActionButton action="reject" name="Reject" kind="danger" order={order} onPress={() => ask('reject')} />
      </div>
      {error && (
        <div className="px-5 pb-4">
          <ErrorAlert error={error} />
        </div>
      )}
      {question === 'edit' && <EditOrderDialog order={order} onClose={() => setQuestion(null)} />}
      {question === 'approve' && <ApproveDialog order={order} onClose={() => setQuestion(null)} />}
      {question === 'reject' && <RejectDialog order={order} onClose={() => setQuestion(null)} />}
    </>
  );
}
