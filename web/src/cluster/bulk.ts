import type { BulkAction, BulkAnswer } from './client/commands';

/** How far a command for many executions has come. */
export interface BulkProgress {
  done: number;
  failed: ReadonlyMap<string, string>;
  total: number;
}

/** Small enough that progress is seen to move, and far below what one call may name. */
const batchSize = 25;

/** Batches that are on their way at a time: the cluster writes what comes together at once. */
const lanes = 4;

/**
 * Does something to many executions, some at a time, and tells after each batch how it stands. What fails is noted and
 * the rest goes on; an answer that does not come stops it, and the error is thrown. `aborted` stops between batches.
 */
export async function runBulk(
  ids: readonly string[],
  send: (batch: readonly string[]) => Promise<BulkAnswer>,
  onProgress: (progress: BulkProgress) => void,
  aborted: () => boolean = () => false,
): Promise<BulkProgress> {
  const failed = new Map<string, string>();
  let progress: BulkProgress = { done: 0, failed, total: ids.length };
  let next = 0;
  let broken = false;
  onProgress(progress);
  const lane = async () => {
    while (next < ids.length && !broken && !aborted()) {
      const batch = ids.slice(next, next + batchSize);
      next += batch.length;
      try {
        const { bulkErrorResults } = await send(batch);
        for (const [id, reason] of Object.entries(bulkErrorResults)) failed.set(id, reason);
      } catch (error) {
        broken = true;
        throw error;
      }
      progress = { done: progress.done + batch.length, failed: new Map(failed), total: ids.length };
      onProgress(progress);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return progress;
}

/** Ids of everything that a paged search finds. `page` answers the rows from a position on. */
export async function collectIds(
  page: (start: number) => Promise<{ totalHits: number; results: readonly { workflowId: string }[] }>,
  onFound: (found: number, of: number) => void,
): Promise<string[]> {
  const ids = new Set<string>();
  for (let start = 0; ; ) {
    const { totalHits, results } = await page(start);
    for (const { workflowId } of results) ids.add(workflowId);
    start += results.length;
    onFound(ids.size, totalHits);
    if (results.length === 0 || start >= totalHits) return [...ids];
  }
}

interface BulkWords {
  verb: string;
  /** "Paused": said of how many. */
  done: string;
  danger?: boolean;
  consequence: string;
}

export const bulkWords: Record<BulkAction, BulkWords> = {
  pause: {
    verb: 'Pause',
    done: 'paused',
    consequence: 'No further task is scheduled in them until they are resumed.',
  },
  resume: {
    verb: 'Resume',
    done: 'resumed',
    consequence: 'Those that are paused go on where they were.',
  },
  retry: {
    verb: 'Retry',
    done: 'retried',
    consequence: 'Those that did not complete go on under the same ids from what did not succeed.',
  },
  restart: {
    verb: 'Restart',
    done: 'restarted',
    danger: true,
    consequence:
      'They start over under the same ids with the same inputs. The tasks, logs and outputs of their runs are discarded.',
  },
  terminate: {
    verb: 'Terminate',
    done: 'terminated',
    danger: true,
    consequence:
      'Their open tasks are cancelled, and their running sub-workflows are terminated too. They can be retried afterwards.',
  },
  remove: {
    verb: 'Remove',
    done: 'removed',
    danger: true,
    consequence:
      'They are deleted with their tasks, logs, inputs and outputs, and this cannot be undone. Those that still run are left alone.',
  },
};

export const bulkActions = Object.keys(bulkWords) as BulkAction[];
