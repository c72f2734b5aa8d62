import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { lazyPage } from '../console/lazy-page';
import { PageError } from '../console/page-error';
import { RequireSession } from './parts/require-session';

/**
 * The pages of the cloud console; each arrives with its own piece of code. Made anew for each router, because a router keeps
 * what it has loaded in them.
 */
export const newRoutes = (): RouteObject[] => [
  {
    // Nothing while the first page's code arrives: it takes milliseconds, and a frame would only flicker.
    HydrateFallback: () => null,
    ErrorBoundary: PageError,
    children: [
      { path: '/sign-in', lazy: lazyPage(async () => (await import('./pages/sign-in')).SignIn) },
      { path: '/sign-up', lazy: lazyPage(async () => (await import('./pages/sign-up')).SignUp) },
      {
        path: '/invitation',
        lazy: lazyPage(async () => (await import('./pages/invitation')).InvitationPage),
      },
      {
        Component: RequireSession,
        children: [
          { index: true, lazy: lazyPage(async () => (await import('./pages/home')).Home) },
          {
            path: '/new-organization',
            lazy: lazyPage(async () => (await import('./pages/new-organization')).NewOrganization),
          },
          {
            path: '/sessions',
            lazy: lazyPage(async () => (await import('./pages/sessions')).Sessions),
          },
          {
            path: '/second-factor',
            lazy: lazyPage(async () => (await import('./pages/second-factor')).SecondFactorPage),
          },
          {
            path: '/api-keys',
            lazy: lazyPage(async () => (await import('./pages/api-keys')).ApiKeys),
          },
          {
            path: '/organizations/:org',
            lazy: lazyPage(async () => (await import('./parts/organization-frame')).OrganizationFrame),
            children: [
              { index: true, element: <Navigate to="clusters" replace /> },
              {
                path: 'clusters',
                lazy: lazyPage(async () => (await import('./pages/clusters')).Clusters),
              },
              {
                path: 'create-cluster',
                lazy: lazyPage(async () => (await import('./pages/create-cluster')).CreateCluster),
              },
              {
                path: 'clusters/:cluster/join',
                lazy: lazyPage(async () => (await import('./pages/join')).JoinPage),
              },
              {
                path: 'usage',
                lazy: lazyPage(async () => (await import('./pages/usage')).UsagePage),
              },
              {
                path: 'clusters/:cluster/:tab?',
                lazy: lazyPage(async () => (await import('./pages/cluster')).ClusterPage),
              },
              {
                path: 'operations',
                lazy: lazyPage(async () => (await import('./pages/operations')).Operations),
              },
              {
                path: 'operations/:operation',
                lazy: lazyPage(async () => (await import('./pages/operation')).OperationPage),
              },
              {
                path: 'members',
                lazy: lazyPage(async () => (await import('./pages/members')).Members),
              },
              {
                path: 'groups',
                lazy: lazyPage(async () => (await import('./pages/groups')).Groups),
              },
              {
                path: 'cloud-accounts',
                lazy: lazyPage(async () => (await import('./pages/cloud-accounts')).CloudAccounts),
              },
              {
                path: 'projects',
                lazy: lazyPage(async () => (await import('./pages/projects')).Projects),
              },
              {
                path: 'projects/:project',
                lazy: lazyPage(async () => (await import('./pages/project')).ProjectPage),
              },
              {
                path: 'roles',
                lazy: lazyPage(async () => (await import('./pages/roles')).Roles),
              },
              {
                path: 'roles/:role',
                lazy: lazyPage(async () => (await import('./pages/role')).RolePage),
              },
              {
                path: 'new-role',
                lazy: lazyPage(async () => (await import('./pages/new-role')).NewRole),
              },
              {
                path: 'compare-roles',
                lazy: lazyPage(async () => (await import('./pages/compare-roles')).CompareRoles),
              },
              {
                path: 'service-accounts',
                lazy: lazyPage(async () => (await import('./pages/service-accounts')).ServiceAccounts),
              },
              {
                path: 'organization',
                lazy: lazyPage(async () => (await import('./pages/organization')).OrganizationSettings),
              },
              {
                path: 'audit',
                lazy: lazyPage(async () => (await import('./pages/audit')).Audit),
              },
              {
                path: 'single-sign-on',
                lazy: lazyPage(async () => (await import('./pages/single-sign-on')).SingleSignOn),
              },
              {
                path: 'single-sign-on/new',
                lazy: lazyPage(async () => (await import('./pages/new-provider')).NewProvider),
              },
              {
                path: 'single-sign-on/:provider',
                lazy: lazyPage(async () => (await import('./pages/provider')).ProviderPage),
              },
              { path: '*', lazy: lazyPage(async () => (await import('./pages/not-found')).NotFound) },
            ],
          },
          { path: '*', lazy: lazyPage(async () => (await import('./pages/not-found')).NotFoundOutside) },
        ],
      },
    ],
  },
];

export function newRouter() {
  return createBrowserRouter(newRoutes());
}
