import type { WorkflowStatus } from '../conductor/types';
import { workflowStatuses } from '../conductor/types';

/** What executions are searched for, as it stands in the address. */
export interface ExecutionSearch {
  text: string;
  statuses: readonly WorkflowStatus[];
  workflow: string;
  correlationId: string;
  /** A key of `timeRanges`. */
  started: TimeRange;
  /** From 1. */
  page: number;
}

/** How far back, in milliseconds. */
export const timeRanges = {
  any: undefined,
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
} as const;

export type TimeRange = keyof typeof timeRanges;

export const rangeWords: Record<TimeRange, string> = {
  any: 'Any time',
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

export const pageSize = 50;

export function readSearch(params: URLSearchParams): ExecutionSearch {
  const started = params.get('started') ?? 'any';
  const page = Number.parseInt(params.get('page') ?? '1', 10);
  const wanted = (params.get('status') ?? '').split(',');
  return {
    text: params.get('q') ?? '',
    statuses: workflowStatuses.filter((status) => wanted.includes(status)),
    workflow: params.get('workflow') ?? '',
    correlationId: params.get('correlation') ?? '',
    started: started in timeRanges ? (started as TimeRange) : 'any',
    page: page > 0 ? page : 1,
  };
}

/** The address of a search; what is at its default is left out. */
export function writeSearch(search: Partial<ExecutionSearch>): URLSearchParams {
  const params = new URLSearchParams();
  if (search.text) params.set('q', search.text);
  if (search.statuses?.length) params.set('status', search.statuses.join(','));
  if (search.workflow) params.set('workflow', search.workflow);
  if (search.correlationId) params.set('correlation', search.correlationId);
  if (search.started && search.started !== 'any') params.set('started', search.started);
  if (search.page && search.page > 1) params.set('page', String(search.page));
  return params;
}

/** Whether anything narrows the search. */
export function isNarrowed(search: ExecutionSearch): boolean {
  return writeSearch({ ...search, page: 1 }).size > 0;
}

/** Which part of the matches is asked for, as of which moment. */
export interface SearchWindow {
  /** Epoch milliseconds; ranges of time end here. */
  now: number;
  start?: number;
  size?: number;
  /** Leaves out what was started later. */
  until?: number;
}

/** The query in Conductor's grammar, newest first; the page of the search unless told otherwise. */
export function toQuery(search: ExecutionSearch, window: SearchWindow): Record<string, string | number> {
  const { now, start = (search.page - 1) * pageSize, size = pageSize, until } = window;
  const conditions: string[] = [];
  if (search.workflow) conditions.push(`workflowType = ${quote(search.workflow)}`);
  if (search.correlationId) conditions.push(`correlationId = ${quote(search.correlationId)}`);
  if (search.statuses.length > 0) conditions.push(`status IN (${search.statuses.join(',')})`);
  const range = timeRanges[search.started];
  if (range !== undefined) conditions.push(`startTime > ${now - range}`);
  if (until !== undefined) conditions.push(`startTime < ${until + 1}`);
  return {
    start,
    size,
    sort: 'startTime:DESC',
    freeText: search.text.trim() || '*',
    ...(conditions.length > 0 && { query: conditions.join(' AND ') }),
  };
}

/** How many matches behind a page the server counts, of searches that an index answers and of others. */
const counted = [10_000, 1_000];

/** A count as it is read: where the server stopped to count, there may be more. */
export function countText(total: number, page: number): string {
  const more = counted.includes(total - page * pageSize);
  return more ? `${total.toLocaleString()} or more` : total.toLocaleString();
}

/** A value of the grammar. A `*` in it stays a wildcard. */
export function quote(value: string): string {
  return `'${value.trim().replace(/[\\']/g, '\\$&')}'`;
}
