import { keepPreviousData, type Query, queryOptions } from '@tanstack/react-query';
import { type Execution, type WorkflowDef, workflowEnded } from '../../conductor/types';
import { type ExecutionSearch, quote, type SearchWindow, toQuery } from '../search';
import { ApiError, call } from './call';
import type {
  AccessKey,
  Account,
  Application,
  DefinitionVersion,
  EventHandler,
  Grant,
  Group,
  Info,
  Me,
  Overview,
  Schedule,
  ScheduleRun,
  SearchResult,
  Summary,
  TaskDef,
  TaskLog,
  TaskSummary,
  User,
  Variable,
} from './types';

const id = encodeURIComponent;

/** Asks again and again, but not for what was refused. */
const every =
  (ms: number) =>
  // biome-ignore lint/suspicious/noExplicitAny: whatever is asked for
  ({ state: { error } }: Query<any, any, any, any>): number | false =>
    error instanceof ApiError && error.status === 403 ? false : ms;

/** Who this cluster is. Needs no access. */
export const infoQuery = queryOptions({
  queryKey: ['info'],
  queryFn: ({ signal }) => call<Info>('/podium/v1/info', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What the viewer may do. Whatever is refused has it read again. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => call<Me>('/podium/v1/me', { signal }),
  refetchInterval: 60_000,
});

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => call<Overview>('/podium/v1/overview', { signal }),
  // Changes of executions are pushed (see useLiveOverview); polls of workers are not.
  refetchInterval: every(5000),
});

/** Tasks that wait in a queue, oldest first. */
export const waitingTasksQuery = (taskType: string, domain: string | undefined) =>
  queryOptions({
    queryKey: ['waiting-tasks', taskType, domain ?? ''],
    queryFn: ({ signal }) =>
      call<SearchResult<TaskSummary>>('/api/tasks/search', {
        query: {
          query: [
            `taskType = ${quote(taskType)}`,
            'status = SCHEDULED',
            domain ? `domain = ${quote(domain)}` : 'domain IS NULL',
          ].join(' AND '),
          sort: 'scheduledTime:ASC',
          size: 50,
        },
        signal,
      }),
    // The cluster goes through its open executions for this.
    refetchInterval: every(10_000),
  });

/** One part of the matches of a search. */
export const findExecutions = (search: ExecutionSearch, window: SearchWindow, signal?: AbortSignal) =>
  call<SearchResult<Summary>>('/api/workflow/search', {
    query: toQuery(search, window),
    ...(signal && { signal }),
  });

export const executionsQuery = (search: ExecutionSearch) =>
  queryOptions({
    queryKey: ['executions', search],
    queryFn: ({ signal }) => findExecutions(search, { now: Date.now() }, signal),
    placeholderData: keepPreviousData,
  });

export const executionQuery = (workflowId: string) =>
  queryOptions({
    queryKey: ['execution', workflowId],
    queryFn: ({ signal }) =>
      call<Execution>(`/api/workflow/${id(workflowId)}`, { query: { includeTasks: true }, signal }),
    // Changes are pushed; this is for a push that got lost on the way.
    refetchInterval: ({ state }) =>
      state.data !== undefined && !workflowEnded(state.data.status) ? 10_000 : false,
  });

export const taskLogQuery = (taskId: string, live: boolean) =>
  queryOptions({
    queryKey: ['task-log', taskId],
    queryFn: async ({ signal }) =>
      (await call<TaskLog[] | undefined>(`/api/tasks/${id(taskId)}/log`, { signal })) ?? [],
    refetchInterval: live ? 2000 : false,
  });

/** The latest version of every definition. */
export const definitionsQuery = queryOptions({
  queryKey: ['definitions', 'latest'],
  queryFn: ({ signal }) => call<WorkflowDef[]>('/api/metadata/workflow/latest-versions', { signal }),
});

export const definitionVersionsQuery = (name: string) =>
  queryOptions({
    queryKey: ['definitions', 'versions', name],
    queryFn: ({ signal }) =>
      call<DefinitionVersion[]>(`/api/metadata/workflow/${id(name)}/versions`, { signal }),
  });

/** How many versions each definition has, and which. */
export const allVersionsQuery = queryOptions({
  queryKey: ['definitions', 'versions'],
  queryFn: ({ signal }) =>
    call<Record<string, DefinitionVersion[]>>('/api/metadata/workflow/names-and-versions', { signal }),
});

/** One definition; version undefined: the latest. */
export const definitionQuery = (name: string, version: number | undefined) =>
  queryOptions({
    queryKey: ['definitions', 'one', name, version ?? 'latest'],
    queryFn: ({ signal }) =>
      call<WorkflowDef>(`/api/metadata/workflow/${id(name)}`, { query: { version }, signal }),
  });

export const taskDefinitionsQuery = queryOptions({
  queryKey: ['task-definitions'],
  queryFn: ({ signal }) => call<TaskDef[]>('/api/metadata/taskdefs', { signal }),
});

export const taskDefinitionQuery = (name: string) =>
  queryOptions({
    queryKey: ['task-definitions', name],
    queryFn: ({ signal }) => call<TaskDef>(`/api/metadata/taskdefs/${id(name)}`, { signal }),
  });

export const schedulesQuery = queryOptions({
  queryKey: ['schedules'],
  queryFn: ({ signal }) => call<Schedule[]>('/api/scheduler/schedules', { signal }),
  refetchInterval: every(30_000),
});

export const scheduleQuery = (name: string) =>
  queryOptions({
    queryKey: ['schedules', name],
    queryFn: ({ signal }) => call<Schedule>(`/api/scheduler/schedules/${id(name)}`, { signal }),
  });

/** When a cron expression comes due next, in epoch milliseconds; at most five times. */
export const nextTimesQuery = (cronExpression: string, zoneId: string) =>
  queryOptions({
    queryKey: ['next-times', cronExpression, zoneId],
    queryFn: ({ signal }) =>
      call<number[]>('/api/scheduler/nextFewSchedules', {
        query: { cronExpression, zoneId, limit: 5 },
        signal,
      }),
    enabled: cronExpression !== '',
    refetchInterval: every(30_000),
    retry: false,
  });

/** The latest times that a schedule came due. */
export const scheduleRunsQuery = (name: string) =>
  queryOptions({
    queryKey: ['schedule-runs', name],
    queryFn: ({ signal }) =>
      call<SearchResult<ScheduleRun>>('/api/scheduler/search/executions', {
        query: {
          query: `scheduleName IN (${name})`,
          freeText: '*',
          start: 0,
          size: 50,
          sort: 'scheduledTime:DESC',
        },
        signal,
      }),
    refetchInterval: every(10_000),
  });

export const eventHandlersQuery = queryOptions({
  queryKey: ['event-handlers'],
  queryFn: ({ signal }) => call<EventHandler[]>('/api/event', { signal }),
});

/** Names only: values can be written, not read. */
export const secretsQuery = queryOptions({
  queryKey: ['secrets'],
  queryFn: ({ signal }) => call<string[]>('/api/secrets', { signal }),
});

export const environmentQuery = queryOptions({
  queryKey: ['environment'],
  queryFn: ({ signal }) => call<Variable[]>('/api/environment', { signal }),
});

export const applicationsQuery = queryOptions({
  queryKey: ['access', 'applications'],
  queryFn: ({ signal }) => call<Application[]>('/api/applications', { signal }),
});

export const accessKeysQuery = (application: string) =>
  queryOptions({
    queryKey: ['access', 'keys', application],
    queryFn: ({ signal }) => call<AccessKey[]>(`/api/applications/${id(application)}/accessKeys`, { signal }),
  });

export const usersQuery = queryOptions({
  queryKey: ['access', 'users'],
  queryFn: ({ signal }) => call<User[]>('/api/users', { signal }),
});

export const groupsQuery = queryOptions({
  queryKey: ['access', 'groups'],
  queryFn: ({ signal }) => call<Group[]>('/api/groups', { signal }),
});

export const grantsQuery = queryOptions({
  queryKey: ['access', 'grants'],
  queryFn: ({ signal }) => call<Grant[]>('/podium/v1/grants', { signal }),
});

/** What somebody may do: a user by id, an application as `app:ID`. */
export const accountQuery = (who: string) =>
  queryOptions({
    queryKey: ['access', 'account', who],
    queryFn: ({ signal }) => call<Account>(`/podium/v1/accounts/${id(who)}`, { signal }),
  });

/** The tags of a definition, as `key:value`. */
export const tagsQuery = (kind: 'workflow' | 'task', name: string) =>
  queryOptions({
    queryKey: ['access', 'tags', kind, name],
    queryFn: async ({ signal }) =>
      (
        await call<{ key: string; value: string }[]>(`/api/metadata/${kind}/${id(name)}/tags`, { signal })
      ).map(({ key, value }) => `${key}:${value}`),
  });
