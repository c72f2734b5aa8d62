import { createBrowserRouter, type RouteObject, redirect } from 'react-router';
import { lazyPage } from '../console/lazy-page';
import { PageError } from '../console/page-error';
import { base } from './base';
import type { Permission } from './client/types';
import { RequireAccess, type RouteHandle } from './parts/require-access';
import { paths } from './paths';
import { type Need, needs } from './rights';

/** What one must be allowed to see a page. */
const page = (need: (params: Record<string, string | undefined>) => Need): RouteHandle => ({ need });

/** A page that shows as much as one may see. */
const anyOf = (permission: Permission, doing: string) => (): Need => ({ permission, doing, anything: true });

/** The pages of the cluster console; each arrives with its own piece of code. */
export const routes: RouteObject[] = [
  {
    // Nothing while the first page's code arrives: it takes milliseconds, and a frame would only flicker.
    HydrateFallback: () => null,
    ErrorBoundary: PageError,
    Component: RequireAccess,
    children: [
      { index: true, lazy: lazyPage(async () => (await import('./pages/home')).Home) },
      {
        path: '/executions',
        handle: page(anyOf('execution:read', 'see executions')),
        lazy: lazyPage(async () => (await import('./pages/executions')).Executions),
      },
      {
        path: '/executions/:id/:tab?',
        handle: page(anyOf('execution:read', 'see executions')),
        lazy: lazyPage(async () => (await import('./pages/execution')).ExecutionPage),
      },
      {
        path: '/definitions',
        handle: page(anyOf('workflow:read', 'see definitions')),
        lazy: lazyPage(async () => (await import('./pages/definitions')).Definitions),
      },
      {
        path: '/definitions/:name/:tab?',
        handle: page(({ name }) => needs.seeDefinition(name)),
        lazy: lazyPage(async () => (await import('./pages/definition')).DefinitionPage),
      },
      {
        path: '/definitions/:name/edit',
        handle: page(({ name }) => needs.editDefinition(name)),
        lazy: lazyPage(async () => (await import('./pages/definition-editor')).EditDefinition),
      },
      {
        path: '/new-definition',
        handle: page(() => needs.newDefinition),
        lazy: lazyPage(async () => (await import('./pages/definition-editor')).NewDefinition),
      },
      {
        path: '/run/:name',
        handle: page(({ name }) => needs.run(name)),
        lazy: lazyPage(async () => (await import('./pages/run')).RunPage),
      },
      {
        path: '/task-definitions',
        handle: page(anyOf('taskdef:read', 'see task definitions')),
        lazy: lazyPage(async () => (await import('./pages/task-definitions')).TaskDefinitions),
      },
      {
        path: '/task-definitions/:name',
        handle: page(anyOf('taskdef:read', 'see task definitions')),
        lazy: lazyPage(async () => (await import('./pages/task-definition')).TaskDefinitionPage),
      },
      {
        path: '/task-definitions/:name/edit',
        handle: page(({ name }) => needs.editTaskDefinition(name)),
        lazy: lazyPage(async () => (await import('./pages/task-definition-editor')).EditTaskDefinition),
      },
      {
        path: '/new-task-definition',
        handle: page(() => needs.newTaskDefinition),
        lazy: lazyPage(async () => (await import('./pages/task-definition-editor')).NewTaskDefinition),
      },
      {
        path: '/queues',
        handle: page(anyOf('queue:read', 'see queues')),
        lazy: lazyPage(async () => (await import('./pages/queues')).Queues),
      },
      {
        path: '/queues/:type',
        handle: page(anyOf('queue:read', 'see queues')),
        lazy: lazyPage(async () => (await import('./pages/queue')).QueuePage),
      },
      {
        path: '/schedules',
        handle: page(anyOf('schedule:read', 'see schedules')),
        lazy: lazyPage(async () => (await import('./pages/schedules')).Schedules),
      },
      {
        path: '/schedules/:name',
        handle: page(anyOf('schedule:read', 'see schedules')),
        lazy: lazyPage(async () => (await import('./pages/schedule')).SchedulePage),
      },
      {
        path: '/schedules/:name/edit',
        handle: page(() => needs.schedules),
        lazy: lazyPage(async () => (await import('./pages/schedule-editor')).EditSchedule),
      },
      {
        path: '/new-schedule',
        handle: page(() => needs.schedules),
        lazy: lazyPage(async () => (await import('./pages/schedule-editor')).NewSchedule),
      },
      {
        path: '/event-handlers',
        handle: page(anyOf('event:read', 'see event handlers')),
        lazy: lazyPage(async () => (await import('./pages/event-handlers')).EventHandlers),
      },
      {
        path: '/event-handlers/:name',
        handle: page(anyOf('event:read', 'see event handlers')),
        lazy: lazyPage(async () => (await import('./pages/event-handler')).EventHandlerPage),
      },
      {
        path: '/new-event-handler',
        handle: page(() => needs.eventHandlers),
        lazy: lazyPage(async () => (await import('./pages/event-handler')).NewEventHandler),
      },
      {
        path: '/secrets',
        handle: page(anyOf('secret:list', 'see secrets')),
        lazy: lazyPage(async () => (await import('./pages/settings')).Settings),
      },
      {
        path: '/environment',
        handle: page(anyOf('variable:read', 'see the environment')),
        lazy: lazyPage(async () => (await import('./pages/settings')).Settings),
      },
      { path: '/access', loader: () => redirect(paths.access()) },
      {
        path: '/access/:tab',
        handle: page(anyOf('access:read', 'see who may do what')),
        lazy: lazyPage(async () => (await import('./pages/access')).AccessPage),
      },
      {
        path: '/access/applications/:id',
        handle: page(anyOf('access:read', 'see who may do what')),
        lazy: lazyPage(async () => (await import('./pages/application')).ApplicationPage),
      },
      {
        path: '/access/people/:id',
        handle: page(anyOf('access:read', 'see who may do what')),
        lazy: lazyPage(async () => (await import('./pages/person')).PersonPage),
      },
      {
        path: '/access/groups/:id',
        handle: page(anyOf('access:read', 'see who may do what')),
        lazy: lazyPage(async () => (await import('./pages/group')).GroupPage),
      },
      {
        path: '/your-access',
        lazy: lazyPage(async () => (await import('./pages/your-access')).YourAccess),
      },
      { path: '*', lazy: lazyPage(async () => (await import('./pages/not-found')).NotFound) },
    ],
  },
];

export function newRouter() {
  return createBrowserRouter(routes, { basename: base || '/' });
}
