import type { Overview, Queue } from './client/types';

/** A queue and who polled it last. */
export interface QueueRow extends Queue {
  key: string;
  /** Epoch milliseconds; undefined when nobody ever polled it. */
  lastPoll: number | undefined;
  worker: string | undefined;
}

/** Queues with their last poll, deepest first. A queue that is only polled is one too. */
export function queueRows({ queues, pollData }: Overview): QueueRow[] {
  const rows = new Map<string, QueueRow>();
  for (const queue of queues) {
    const key = keyOf(queue.taskType, queue.domain);
    rows.set(key, { ...queue, key, lastPoll: undefined, worker: undefined });
  }
  for (const { queueName, domain, lastPollTime, workerId } of pollData) {
    const key = keyOf(queueName, domain);
    const row = rows.get(key) ?? {
      ...{
        key,
        taskType: queueName,
        depth: 0,
        inFlight: 0,
        pollers: 0,
        worker: undefined,
        lastPoll: undefined,
      },
      ...(domain && { domain }),
    };
    if ((row.lastPoll ?? 0) <= lastPollTime) {
      row.lastPoll = lastPollTime;
      row.worker = workerId;
    }
    rows.set(key, row);
  }
  return [...rows.values()].sort(
    (a, b) => b.depth - a.depth || b.inFlight - a.inFlight || a.key.localeCompare(b.key),
  );
}

function keyOf(taskType: string, domain: string | undefined): string {
  return domain ? `${taskType}:${domain}` : taskType;
}

/** A poll longer ago than this is no sign of life: SDKs poll every few seconds at most. */
const attentionSpan = 60_000;

/** Queues in which tasks wait although no worker comes for them. */
export function unattended(overview: Overview, now = Date.now()): QueueRow[] {
  return queueRows(overview).filter(
    (row) => row.depth > 0 && row.pollers === 0 && now - (row.lastPoll ?? 0) > attentionSpan,
  );
}
