import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type Execution, type WorkflowDef, workflowEnded } from '../../conductor/types';
import { type ExecutionSearch, toQuery } from '../search';
import { call } from './call';
import type { DefinitionVersion, Info, Overview, SearchResult, Summary, TaskDef, TaskLog } from './types';

const id = encodeURIComponent;

/** Who this cluster is. Needs no access. */
export const infoQuery = queryOptions({
  queryKey: ['info'],
  queryFn: ({ signal }) => call<Info>('/podium/v1/info', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => call<Overview>('/podium/v1/overview', { signal }),
  refetchInterval: 3000,
});

export const executionsQuery = (search: ExecutionSearch) =>
  queryOptions({
    queryKey: ['executions', search],
    queryFn: ({ signal }) =>
      call<SearchResult<Summary>>('/api/workflow/search', { query: toQuery(search, Date.now()), signal }),
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
