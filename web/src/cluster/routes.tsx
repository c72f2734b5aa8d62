import { createBrowserRouter, type RouteObject } from 'react-router';
import { lazyPage } from '../console/lazy-page';
import { PageError } from '../console/page-error';
import { base } from './base';
import { RequireAccess } from './parts/require-access';

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
        lazy: lazyPage(async () => (await import('./pages/executions')).Executions),
      },
      {
        path: '/executions/:id/:tab?',
        lazy: lazyPage(async () => (await import('./pages/execution')).ExecutionPage),
      },
      {
        path: '/definitions',
        lazy: lazyPage(async () => (await import('./pages/definitions')).Definitions),
      },
      {
        path: '/definitions/:name/:tab?',
        lazy: lazyPage(async () => (await import('./pages/definition')).DefinitionPage),
      },
      {
        path: '/definitions/:name/edit',
        lazy: lazyPage(async () => (await import('./pages/definition-editor')).EditDefinition),
      },
      {
        path: '/new-definition',
        lazy: lazyPage(async () => (await import('./pages/definition-editor')).NewDefinition),
      },
      { path: '/run/:name', lazy: lazyPage(async () => (await import('./pages/run')).RunPage) },
      {
        path: '/task-definitions',
        lazy: lazyPage(async () => (await import('./pages/task-definitions')).TaskDefinitions),
      },
      {
        path: '/task-definitions/:name',
        lazy: lazyPage(async () => (await import('./pages/task-definition')).TaskDefinitionPage),
      },
      {
        path: '/task-definitions/:name/edit',
        lazy: lazyPage(async () => (await import('./pages/task-definition-editor')).EditTaskDefinition),
      },
      {
        path: '/new-task-definition',
        lazy: lazyPage(async () => (await import('./pages/task-definition-editor')).NewTaskDefinition),
      },
      { path: '/queues', lazy: lazyPage(async () => (await import('./pages/queues')).Queues) },
      { path: '/queues/:type', lazy: lazyPage(async () => (await import('./pages/queue')).QueuePage) },
      { path: '/schedules', lazy: lazyPage(async () => (await import('./pages/schedules')).Schedules) },
      {
        path: '/schedules/:name',
        lazy: lazyPage(async () => (await import('./pages/schedule')).SchedulePage),
      },
      {
        path: '/schedules/:name/edit',
        lazy: lazyPage(async () => (await import('./pages/schedule-editor')).EditSchedule),
      },
      {
        path: '/new-schedule',
        lazy: lazyPage(async () => (await import('./pages/schedule-editor')).NewSchedule),
      },
      {
        path: '/event-handlers',
        lazy: lazyPage(async () => (await import('./pages/event-handlers')).EventHandlers),
      },
      {
        path: '/event-handlers/:name',
        lazy: lazyPage(async () => (await import('./pages/event-handler')).EventHandlerPage),
      },
      {
        path: '/new-event-handler',
        lazy: lazyPage(async () => (await import('./pages/event-handler')).NewEventHandler),
      },
      { path: '/secrets', lazy: lazyPage(async () => (await import('./pages/settings')).Settings) },
      { path: '/environment', lazy: lazyPage(async () => (await import('./pages/settings')).Settings) },
      { path: '*', lazy: lazyPage(async () => (await import('./pages/not-found')).NotFound) },
    ],
  },
];

export function newRouter() {
  return createBrowserRouter(routes, { basename: base || '/' });
}
