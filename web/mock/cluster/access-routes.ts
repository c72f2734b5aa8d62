import type { Grant } from '../../src/cluster/client/types.ts';
import type { Route } from './handler.ts';

const app = '/api/applications/([^/]+)';
const at = (path: string) => new RegExp(`^${path}$`);

/** Calls about who may do what. */
export const accessRoutes: Route[] = [
  ['GET', at('/podium/v1/me'), (world) => world.me],
  ['GET', at('/podium/v1/grants'), ({ directory }) => directory.grants],
  [
    'GET',
    at('/podium/v1/accounts/([^/]+)'),
    ({ directory }, { parts: [who = ''] }) => directory.account(who),
  ],
  ['GET', at('/api/applications'), ({ directory }) => [...directory.applications.values()]],
  [
    'POST',
    at('/api/applications'),
    ({ directory }, { body }) => directory.createApplication((body as { name: string }).name),
  ],
  [
    'PUT',
    at(app),
    ({ directory }, { parts: [id = ''], body }) => Object.assign(directory.application(id), body),
  ],
  ['DELETE', at(app), ({ directory }, { parts: [id = ''] }) => directory.deleteApplication(id)],
  ['GET', at(`${app}/accessKeys`), ({ directory }, { parts: [id = ''] }) => directory.keysOf(id)],
  [
    'POST',
    at(`${app}/accessKeys`),
    ({ directory }, { parts: [id = ''], body }) =>
      directory.createKey(id, (body as { expiresInDays: number }).expiresInDays),
  ],
  [
    'POST',
    at(`${app}/accessKeys/([^/]+)/rotate`),
    ({ directory }, { parts: [, key = ''], body }) => {
      const { graceHours, expiresInDays } = body as { graceHours: number; expiresInDays: number };
      return directory.rotate(key, graceHours, expiresInDays);
    },
  ],
  [
    'POST',
    at(`${app}/accessKeys/([^/]+)/status`),
    ({ directory }, { parts: [, key = ''] }) => {
      const found = directory.key(key);
      return Object.assign(found, { status: found.status === 'ACTIVE' ? 'INACTIVE' : 'ACTIVE' });
    },
  ],
  [
    'DELETE',
    at(`${app}/accessKeys/([^/]+)`),
    ({ directory }, { parts: [, key = ''] }) => void directory.keys.delete(key),
  ],
  [
    'POST',
    at(`${app}/roles/([^/]+)`),
    ({ directory }, { parts: [id = '', role = ''] }) => void directory.application(id).roles.push(role),
  ],
  [
    'DELETE',
    at(`${app}/roles/([^/]+)`),
    ({ directory }, { parts: [id = '', role = ''] }) => {
      const found = directory.application(id);
      found.roles = found.roles.filter((each) => each !== role);
    },
  ],
  ['GET', at('/api/users'), ({ directory }) => [...directory.users.values()]],
  ['GET', at('/api/groups'), ({ directory }) => [...directory.groups.values()]],
  [
    'PUT',
    at('/api/groups/([^/]+)'),
    ({ directory }, { parts: [id = ''], body }) =>
      void directory.groups.set(id, { id, roles: [], ...(body as { description: string }) }),
  ],
  [
    'DELETE',
    at('/api/groups/([^/]+)'),
    ({ directory }, { parts: [id = ''] }) => void directory.groups.delete(id),
  ],
  [
    'POST',
    at('/api/groups/([^/]+)/users/([^/]+)'),
    ({ directory }, { parts: [id = '', user = ''] }) => void directory.users.get(user)?.groups.push({ id }),
  ],
  [
    'DELETE',
    at('/api/groups/([^/]+)/users/([^/]+)'),
    ({ directory }, { parts: [id = '', user = ''] }) => {
      const found = directory.users.get(user);
      if (found) found.groups = found.groups.filter((group) => group.id !== id);
    },
  ],
  ['POST', at('/api/auth/authorization'), ({ directory }, { body }) => directory.grant(body as Grant, true)],
  [
    'DELETE',
    at('/api/auth/authorization'),
    ({ directory }, { body }) => directory.grant(body as Grant, false),
  ],
  ['GET', at('/api/metadata/(?:workflow|task)/[^/]+/tags'), () => [{ key: 'team', value: 'money' }]],
];
