import type { ExecutionSearch } from './search';
import { writeSearch } from './search';

const withQuery = (path: string, query: URLSearchParams) => (query.size === 0 ? path : `${path}?${query}`);

/** Addresses of the pages. */
export const paths = {
  home: '/',
  executions: (search: Partial<ExecutionSearch> = {}) => withQuery('/executions', writeSearch(search)),
  execution: (id: string, tab?: ExecutionTab, task?: string) =>
    withQuery(
      `/executions/${encodeURIComponent(id)}${tab === undefined || tab === 'graph' ? '' : `/${tab}`}`,
      new URLSearchParams(task === undefined ? {} : { task }),
    ),
  definitions: '/definitions',
  definition: (name: string, version?: number, tab?: DefinitionTab) =>
    withQuery(
      `/definitions/${encodeURIComponent(name)}${tab === undefined || tab === 'graph' ? '' : `/${tab}`}`,
      new URLSearchParams(version === undefined ? {} : { version: String(version) }),
    ),
  /** `from`: an execution whose input is taken over. */
  run: (name: string, version?: number, from?: string) =>
    withQuery(
      `/run/${encodeURIComponent(name)}`,
      new URLSearchParams({
        ...(version !== undefined && { version: String(version) }),
        ...(from && { from }),
      }),
    ),
  taskDefinitions: '/task-definitions',
  taskDefinition: (name: string) => `/task-definitions/${encodeURIComponent(name)}`,
  queues: '/queues',
};

/** Views of an execution, as they stand in its address. */
export const executionTabs = ['graph', 'timeline', 'tasks', 'data', 'json'] as const;

export type ExecutionTab = (typeof executionTabs)[number];

export const definitionTabs = ['graph', 'json'] as const;

export type DefinitionTab = (typeof definitionTabs)[number];
