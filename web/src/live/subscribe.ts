import { EventParser, type StreamEvent } from './event-stream';

/** Where a subscription stands: `live` while events can arrive, `lost` while it tries again, `ended` for good. */
export type LiveState = 'connecting' | 'live' | 'lost' | 'ended';

export interface Subscription {
  url: string;
  headers?: Record<string, string>;
  onEvent: (event: StreamEvent) => void;
  onState?: (state: LiveState) => void;
  /** Called for an answer that is not a stream, such as 401 or 404. Nothing is tried again after 4xx. */
  onRefused?: (status: number) => void;
  /** Whether a stream that the server closed is complete; otherwise it is opened again. */
  isComplete?: () => boolean;
  /** Ends the subscription. */
  signal: AbortSignal;
}

/** First wait before a reconnection in ms; doubles up to the longest. */
const firstWait = 500;
const longestWait = 10_000;

/**
 * Follows a stream of server-sent events until it is complete, refused or aborted; a lost connection is opened again with
 * growing waits. It reads with fetch, because an EventSource can send no headers and hides the status of a refusal.
 */
export async function subscribe(subscription: Subscription): Promise<void> {
  const { signal, onState, isComplete } = subscription;
  let failures = 0;
  let lastId: string | undefined;
  let serverWait = firstWait;
  const onEvent = (event: StreamEvent) => {
    failures = 0;
    lastId = event.id ?? lastId;
    serverWait = event.retry ?? serverWait;
    subscription.onEvent(event);
  };

  onState?.('connecting');
  while (!signal.aborted) {
    const outcome = await follow({ ...subscription, onEvent }, lastId);
    if (signal.aborted) return;
    if (outcome === 'refused' || isComplete?.() === true) {
      onState?.('ended');
      return;
    }
    onState?.('lost');
    await wait(Math.min(serverWait * 2 ** failures, longestWait), signal);
    failures += 1;
  }
}

/** Reads one connection to its end. */
async function follow(subscription: Subscription, lastId: string | undefined): Promise<'closed' | 'refused'> {
  const { url, headers, signal, onEvent, onState, onRefused } = subscription;
  try {
    const response = await fetch(url, {
      headers: {
        Accept: 'text/event-stream',
        ...headers,
        ...(lastId !== undefined && { 'Last-Event-ID': lastId }),
      },
      cache: 'no-store',
      signal,
    });
    if (response.status >= 400 && response.status < 500 && response.status !== 429) {
      onRefused?.(response.status);
      return 'refused';
    }
    if (!response.ok || response.body === null) return 'closed';
    onState?.('live');
    const parser = new EventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'closed';
      for (const event of parser.push(value)) onEvent(event);
    }
  } catch {
    return 'closed'; // The network failed, or the subscription was aborted; the caller tells them apart.
  }
}

/** Waits, but not past the abort, and only as long as it takes for the machine to come back to the network. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      globalThis.removeEventListener?.('online', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
    globalThis.addEventListener?.('online', finish);
  });
}
