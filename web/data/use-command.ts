// A mutation that cannot be sent twice by a hand that is quicker than the page.

import { type UseMutationOptions, type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useLayoutEffect, useRef } from 'react';

/**
 * Like `useMutation`, but a second `mutate` is ignored while the first is under way. `isPending` alone cannot promise
 * that: it is only as fresh as the latest render, and the second half of a double click may come before the next one.
 * For the same reason the way is free again only once a render has shown the end.
 */
export function useCommand<Answer, Input>(
  options: UseMutationOptions<Answer, Error, Input>,
): Pick<UseMutationResult<Answer, Error, Input>, 'mutate' | 'error' | 'isPending' | 'reset'> {
  const { mutate, error, isPending, reset } = useMutation(options);
  const isUnderWay = useRef(false);
  useLayoutEffect(() => {
    isUnderWay.current = isPending;
  });
  const mutateOnce: typeof mutate = (...input) => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    mutate(...input);
  };
  return { mutate: mutateOnce, error, isPending, reset };
}
