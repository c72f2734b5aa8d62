import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { workflowEnded } from '../conductor/types';
import type { LiveState } from '../live/subscribe';
import { useChanges, useThrottled } from './client/live';
import type { Change, SearchResult, Summary } from './client/types';

export interface LiveRows {
  rows: readonly Summary[];
  /** Matches of the search, as of the latest answer. */
  total: number;
  /** How many matches have come since, that are not among the rows. */
  newer: number;
  showNewer: () => void;
  /** Whether changes arrive. */
  live: LiveState;
}

/**
 * The rows of a search as they were found, with their states renewed in place. New matches do not push them down while
 * one reads: they are counted, and shown when asked for.
 */
export function useLiveRows(latest: SearchResult<Summary>, stale: boolean): LiveRows {
  const client = useQueryClient();
  const [found, setFound] = useState(latest);
  const [changes, setChanges] = useState<ReadonlyMap<string, Change>>(new Map());
  const search = useThrottled(
    useCallback(() => client.invalidateQueries({ queryKey: ['executions'] }), [client]),
    1500,
  );
  const live = useChanges(
    undefined,
    (change) => {
      if (found.results.some((row) => row.workflowId === change.workflowId)) {
        setChanges((before) => new Map(before).set(change.workflowId, change));
      }
      search();
    },
    search,
  );

  // What stands in until the first answer is another search's; and where there was nothing, nothing can be pushed down.
  const [settled, setSettled] = useState(!stale);
  if ((!settled && !stale) || (found.results.length === 0 && latest.results.length > 0)) {
    setSettled(true);
    setFound(latest);
  }
  const fresh = new Map(latest.results.map((row) => [row.workflowId, row]));
  const known = new Set(found.results.map((row) => row.workflowId));
  return {
    rows: found.results.map(
      (row) => fresh.get(row.workflowId) ?? withChange(row, changes.get(row.workflowId)),
    ),
    total: latest.totalHits,
    newer: latest.results.filter((row) => !known.has(row.workflowId)).length,
    showNewer: () => setFound(latest),
    live,
  };
}

/** A row that no longer matches the search stays where it is and tells what became of it. */
function withChange(row: Summary, change: Change | undefined): Summary {
  if (!change) return row;
  const at = new Date(change.updateTime).toISOString();
  return {
    ...row,
    status: change.status,
    updateTime: at,
    ...(workflowEnded(change.status) && { endTime: at }),
  };
}
