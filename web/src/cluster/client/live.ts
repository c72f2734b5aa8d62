import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import type { Execution } from '../../conductor/types';
import type { LiveState } from '../../live/subscribe';
import { useSubscription } from '../../live/use-subscription';
import { accessToken, refuseAccess, useAccess } from '../access';
import { base } from '../base';
import type { Change } from './types';

/**
 * Follows the changes of one execution, or of all (undefined). `onCatchUp` is called when the stream is open: whatever
 * happened before it is told by no event.
 */
export function useChanges(
  workflowId: string | undefined | null,
  onChange: (change: Change) => void,
  onCatchUp?: () => void,
): LiveState {
  const { token } = useAccess();
  const url =
    workflowId === undefined
      ? `${base}/podium/v1/events`
      : `${base}/podium/v1/events?workflowId=${encodeURIComponent(workflowId ?? '')}`;
  return useSubscription(workflowId === null ? undefined : url, {
    headers: token === undefined ? {} : { 'X-Authorization': token },
    onEvent: ({ event, data }) => {
      if (event === 'change') onChange(JSON.parse(data) as Change);
    },
    onRefused: (status) => {
      if (status === 401) refuseAccess(accessToken());
    },
    onState: (state) => {
      if (state === 'live') onCatchUp?.();
    },
  });
}

/** Reads an execution again whenever it changes, but not more often than the answers come. Nothing for null. */
export function useLiveExecution(workflowId: string | null): LiveState {
  const client = useQueryClient();
  const told = useRef(0); // when the latest change was that we heard of
  const refresh = useThrottled(
    useCallback(async () => {
      const queryKey = ['execution', workflowId];
      await client.invalidateQueries({ queryKey }, { cancelRefetch: false });
      // That may have been the answer to a request that was on its way before the change.
      const have = client.getQueryData<Execution>(queryKey)?.updateTime ?? 0;
      if (have < told.current) await client.invalidateQueries({ queryKey }, { cancelRefetch: true });
    }, [client, workflowId]),
    300,
  );
  const onChange = useCallback(
    (change: Change) => {
      told.current = Math.max(told.current, change.updateTime);
      refresh();
    },
    [refresh],
  );
  return useChanges(workflowId, onChange, refresh);
}

/** Reads the figures of the cluster again whenever something happens in it, but at most every second. */
export function useLiveOverview(): LiveState {
  const client = useQueryClient();
  const refresh = useThrottled(
    useCallback(
      () => client.invalidateQueries({ queryKey: ['overview'] }, { cancelRefetch: false }),
      [client],
    ),
    1000,
  );
  return useChanges(undefined, refresh, refresh);
}

/**
 * A function that runs `work` at once, and while calls keep coming again after a pause of as long as the work took, and
 * of at least `pause` milliseconds; the last call is never lost.
 */
export function useThrottled(work: () => Promise<unknown>, pause: number): () => void {
  const latest = useRef(work);
  latest.current = work;
  const state = useRef<{ busy: boolean; again: boolean; timer: number | undefined }>({
    busy: false,
    again: false,
    timer: undefined,
  });
  useEffect(() => () => window.clearTimeout(state.current.timer), []);
  return useCallback(() => {
    const run = async () => {
      const now = state.current;
      now.busy = true;
      now.again = false;
      const start = performance.now();
      try {
        await latest.current();
      } finally {
        now.timer = window.setTimeout(
          () => {
            now.busy = false;
            if (now.again) void run();
          },
          Math.max(pause, performance.now() - start),
        );
      }
    };
    if (state.current.busy) state.current.again = true;
    else void run();
  }, [pause]);
}
