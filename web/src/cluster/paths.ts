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
  definition: (name: string, version?: number, tab?: DefinitionTab, task?: string) =>
    withQuery(
      `/definitions/${encodeURIComponent(name)}${tab === undefined || tab === 'graph' ? '' : `/${tab}`}`,
      new URLSearchParams({
        ...(version !== undefined && { version: String(version) }),
        ...(task !== undefined && { task }),
      }),
    ),
  newDefinition: '/new-definition',
  editDefinition: (name: string, version?: number) =>
    withQuery(
      `/definitions/${encodeURIComponent(name)}/edit`,
      new URLSearchParams(version === undefined ? {} : { version: String(version) }),
    ),
  /** What changed from one version to another. */
  definitionChanges: (name: string, from: number, to: number) =>
    withQuery(
      `/definitions/${encodeURIComponent(name)}/versions`,
      new URLSearchParams({ version: String(to), since: String(from) }),
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
  newTaskDefinition: (name?: string) =>
    withQuery('/new-task-definition', new URLSearchParams(name === undefined ? {} : { name })),
  editTaskDefinition: (name: string) => `/task-definitions/${encodeURIComponent(name)}/edit`,
  queues: '/queues',
  queue: (taskType: string, domain?: string) =>
    withQuery(`/queues/${encodeURIComponent(taskType)}`, new URLSearchParams(domain ? { domain } : {})),
  schedules: '/schedules',
  schedule: (name: string) => `/schedules/${encodeURIComponent(name)}`,
  newSchedule: (workflow?: string) =>
    withQuery('/new-schedule', new URLSearchParams(workflow === undefined ? {} : { workflow })),
  editSchedule: (name: string) => `/schedules/${encodeURIComponent(name)}/edit`,
  eventHandlers: '/event-handlers',
  eventHandler: (name: string) => `/event-handlers/${encodeURIComponent(name)}`,
  newEventHandler: '/new-event-handler',
  /** What the viewer may do. */
  yourAccess: '/your-access',
  access: (tab: AccessTab = 'applications') => `/access/${tab}`,
  application: (id: string) => `/access/applications/${encodeURIComponent(id)}`,
  person: (id: string) => `/access/people/${encodeURIComponent(id)}`,
  group: (id: string) => `/access/groups/${encodeURIComponent(id)}`,
  settings: (tab?: SettingsTab) => (tab === undefined || tab === 'secrets' ? '/secrets' : `/${tab}`),
};

/** Views of an execution, as they stand in its address. */
export const executionTabs = ['graph', 'timeline', 'tasks', 'data', 'json'] as const;

export type ExecutionTab = (typeof executionTabs)[number];

export const definitionTabs = ['graph', 'json', 'versions', 'sharing'] as const;

export type DefinitionTab = (typeof definitionTabs)[number];

/** Who may do what, by kinds of those who may. */
export const accessTabs = ['applications', 'people', 'groups', 'shared'] as const;

export type AccessTab = (typeof accessTabs)[number];

/** Names and values that definitions refer to. */
export const settingsTabs = ['secrets', 'environment'] as const;

export type SettingsTab = (typeof settingsTabs)[number];
