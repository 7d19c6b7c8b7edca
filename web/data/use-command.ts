// A mutation hook that ignores double clicks.

import { type UseMutationOptions, type UseMutationResult, useMutation } from '@tanstack/react-query';
import { useLayoutEffect, useRef } from 'react';

/**
 * Like `useMutation`, but ignores a call of `mutate` while another one is in progress. `isPending` cannot ensure this:
 * it is only as recent as the latest render, and the second click of a double click can arrive before the next render.
 * For the same reason, the next call is accepted only after a render has shown the end of the previous one.
 */
export function useCommand<Data, Variables>(
  options: UseMutationOptions<Data, Error, Variables>,
): Pick<UseMutationResult<Data, Error, Variables>, 'mutate' | 'error' | 'isPending' | 'reset'> {
  const { mutate, error, isPending, reset } = useMutation(options);
  const isInProgress = useRef(false);
  useLayoutEffect(() => {
    isInProgress.current = isPending;
  });
  const mutateOnce: typeof mutate = (...args) => {
    if (isInProgress.current) return;
    isInProgress.current = true;
    mutate(...args);
  };
  return { mutate: mutateOnce, error, isPending, reset };
}
