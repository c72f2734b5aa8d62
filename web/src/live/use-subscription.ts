import { useEffect, useRef, useState } from 'react';
import { type LiveState, type Subscription, subscribe } from './subscribe';

/**
 * Follows a stream while the component is mounted and the page is visible, and returns where it stands. Without a url it
 * does nothing. A page that was hidden connects anew when it is shown: servers begin a stream with the present state.
 */
export function useSubscription(
  url: string | undefined,
  handlers: Pick<Subscription, 'headers' | 'onEvent' | 'onRefused' | 'onState' | 'isComplete'>,
): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const latest = useRef(handlers);
  latest.current = handlers;
  const visible = usePageVisible();

  useEffect(() => {
    if (url === undefined || !visible) return;
    const abort = new AbortController();
    void subscribe({
      url,
      headers: latest.current.headers,
      onEvent: (event) => latest.current.onEvent(event),
      onRefused: (status) => latest.current.onRefused?.(status),
      isComplete: () => latest.current.isComplete?.() ?? false,
      onState: (next) => {
        setState(next);
        latest.current.onState?.(next);
      },
      signal: abort.signal,
    });
    return () => abort.abort();
  }, [url, visible]);
  return state;
}

function usePageVisible(): boolean {
  const [visible, setVisible] = useState(() => document.visibilityState !== 'hidden');
  useEffect(() => {
    const change = () => setVisible(document.visibilityState !== 'hidden');
    document.addEventListener('visibilitychange', change);
    return () => document.removeEventListener('visibilitychange', change);
  }, []);
  return visible;
}
