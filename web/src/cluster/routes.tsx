import { createBrowserRouter, type RouteObject } from 'react-router';
import { lazyPage } from '../console/lazy-page';
import { PageError } from '../console/page-error';
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
      { path: '/run/:name', lazy: lazyPage(async () => (await import('./pages/run')).RunPage) },
      {
        path: '/task-definitions',
        lazy: lazyPage(async () => (await import('./pages/task-definitions')).TaskDefinitions),
      },
      {
        path: '/task-definitions/:name',
        lazy: lazyPage(async () => (await import('./pages/task-definition')).TaskDefinitionPage),
      },
      { path: '/queues', lazy: lazyPage(async () => (await import('./pages/queues')).Queues) },
      { path: '*', lazy: lazyPage(async () => (await import('./pages/not-found')).NotFound) },
    ],
  },
];

export function newRouter() {
  return createBrowserRouter(routes);
}
