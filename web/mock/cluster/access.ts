import type {
  Access,
  AccessKey,
  Account,
  Application,
  Grant,
  Group,
  Me,
  Permission,
  User,
} from '../../src/cluster/client/types.ts';
import { Refusal } from './refusal.ts';

const viewing: Permission[] = [
  'workflow:read',
  'taskdef:read',
  'schema:read',
  'execution:read',
  'queue:read',
  'secret:list',
  'variable:read',
  'event:read',
  'schedule:read',
  'server:read',
];
const operating: Permission[] = [
  ...viewing,
  'execution:start',
  'execution:operate',
  'execution:remove',
  'task:work',
  'queue:operate',
  'schedule:operate',
];
const developing: Permission[] = [
  ...operating,
  'workflow:write',
  'taskdef:write',
  'schema:write',
  'secret:read',
  'secret:write',
  'variable:write',
  'event:write',
  'schedule:write',
];

const permissions: Record<string, Permission[]> = {
  guest: [],
  worker: [
    'task:work',
    'execution:start',
    'execution:read',
    'workflow:read',
    'taskdef:read',
    'schema:read',
    'queue:read',
  ],
  viewer: viewing,
  operator: operating,
  developer: developing,
  admin: [...developing, 'access:read', 'access:write'],
};

const clusterRoles: Record<string, string> = {
  ADMIN: 'admin',
  METADATA_MANAGER: 'developer',
  WORKFLOW_MANAGER: 'operator',
  UNRESTRICTED_WORKER: 'worker',
  USER_READ_ONLY: 'viewer',
};

/** Somebody with a role. */
export function me(role: string): Me {
  return {
    id: 'usr_ada',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    role,
    groups: [],
    managed: true,
    permissions: permissions[role] ?? [],
    some: [],
    roles: [{ role }],
    grants: [],
    things: {},
  };
}

/** Applications, people, groups and grants of a data plane in memory. */
export class Directory {
  readonly applications = new Map<string, Application>();
  readonly keys = new Map<string, AccessKey & { application: string; secret: string }>();
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly members = new Map<string, Set<string>>();
  grants: Grant[] = [];
  private made = 0;

  constructor(empty: boolean) {
    if (empty) return;
    const day = 24 * 3600_000;
    const now = Date.now();
    const app = (id: string, name: string, roles: string[], more: Partial<Application> = {}) =>
      this.applications.set(id, {
        id,
        name,
        roles,
        createdBy: 'ada@example.com',
        createTime: now - 90 * day,
        ...more,
      });
    app('app_shop', 'web shop', ['UNRESTRICTED_WORKER']);
    app('app_report', 'nightly reports', []);
    app('key_ci', 'ci', ['METADATA_MANAGER'], { elsewhere: true, createdBy: '', createTime: 0 });
    const key = (id: string, application: string, more: Partial<AccessKey>) =>
      this.keys.set(id, {
        id,
        application,
        secret: 'unseen',
        createdAt: now - 80 * day,
        status: 'ACTIVE',
        ...more,
      });
    key('key_shop_one', 'app_shop', { lastUsedAt: now - 40_000, expiresAt: now + 5 * day });
    key('key_shop_two', 'app_shop', { status: 'INACTIVE', createdAt: now - day });
    key('key_report', 'app_report', { expiresAt: now - day, lastUsedAt: now - 2 * day });
    key('key_ci', 'key_ci', { createdAt: 0, expiresAt: now + 60 * day });
    const user = (id: string, name: string, role: string, groups: string[]) =>
      this.users.set(id, {
        id,
        name,
        roles: [{ name: role }],
        groups: groups.map((group) => ({ id: group })),
      });
    user('ada@example.com', 'Ada Lovelace', 'admin', []);
    user('grace@example.com', 'Grace Hopper', 'guest', ['night-shift']);
    user('linus@example.com', 'Linus', 'viewer', ['support']);
    this.groups.set('night-shift', {
      id: 'night-shift',
      description: 'A group of the organization',
      roles: [],
    });
    this.groups.set('support', { id: 'support', description: 'Answers tickets', roles: [] });
    const grant = (
      type: 'USER' | 'GROUP',
      id: string,
      kind: Grant['target']['type'],
      of: string,
      access: Access[],
    ) => this.grants.push({ subject: { type, id }, target: { type: kind, id: of }, access });
    grant('USER', 'grace@example.com', 'WORKFLOW_DEF', 'fulfil_order', ['EXECUTE']);
    grant('GROUP', 'night-shift', 'TAG', 'team:money', ['READ']);
    grant('USER', 'app:app_report', 'SECRET_NAME', 'S3_SECRET', ['READ']);
  }

  application(id: string): Application {
    const found = this.applications.get(id);
    if (!found) throw new Refusal(404, `No such application found by id: ${id}`);
    return found;
  }

  createApplication(name: string): Application {
    if (name.trim() === '')
      throw new Refusal(400, 'The request is not valid.', [
        { path: 'name', message: 'must be 1 to 250 characters' },
      ]);
    this.made += 1;
    const id = `app_${this.made}`;
    this.applications.set(id, { id, name, roles: [], createdBy: 'ada@example.com', createTime: Date.now() });
    return this.application(id);
  }

  deleteApplication(id: string) {
    this.applications.delete(id);
    this.grants = this.grants.filter(({ subject }) => subject.id !== `app:${id}`);
  }

  keysOf(application: string): AccessKey[] {
    return [...this.keys.values()]
      .filter((key) => key.application === application)
      .map(({ application: _, secret: __, ...key }) => key);
  }

  createKey(application: string, days: number) {
    this.made += 1;
    const id = `key_new_${this.made}`;
    const secret = `sec_${this.made}`;
    this.keys.set(id, { id, application, secret, createdAt: Date.now(), status: 'ACTIVE', ...ends(days) });
    return { id, secret };
  }

  key(id: string) {
    const found = this.keys.get(id);
    if (!found) throw new Refusal(404, `No such access key found by id: ${id}`);
    return found;
  }

  rotate(id: string, graceHours: number, days: number) {
    const { expiresAt: _, ...key } = this.key(id);
    const secret = `${key.secret}_new`;
    this.keys.set(id, {
      ...key,
      ...ends(days),
      secret,
      ...(graceHours > 0 && { formerUntil: Date.now() + graceHours * 3600_000 }),
    });
    return { id, secret };
  }

  /** Adds accesses, or takes them away. */
  grant({ subject, target, access }: Grant, add: boolean) {
    const same = (each: Grant) =>
      each.subject.type === subject.type &&
      each.subject.id === subject.id &&
      each.target.type === target.type &&
      each.target.id === target.id;
    const old = this.grants.find(same)?.access ?? [];
    const next = add ? [...new Set([...old, ...access])] : old.filter((each) => !access.includes(each));
    this.grants = this.grants.filter((each) => !same(each));
    if (next.length > 0) this.grants.push({ subject, target, access: next });
  }

  account(who: string): Account {
    const app = this.applications.get(who.replace(/^app:/, ''));
    const user = this.users.get(who);
    const roles = app?.roles ?? user?.roles.map(({ name }) => name);
    if (!roles) throw new Refusal(404, `No such user found by id: ${who}`);
    const groups = user?.groups.map(({ id }) => id) ?? [];
    return {
      permissions: roles.flatMap((role) => permissions[clusterRoles[role] ?? role] ?? []),
      roles: roles.map((role) => ({ role })),
      grants: this.grants.filter(
        ({ subject: { type, id } }) =>
          (type === 'USER' && id === who) || (type === 'GROUP' && groups.includes(id)),
      ),
    };
  }
}

function ends(days: number): { expiresAt?: number } {
  return days === 0 ? {} : { expiresAt: Date.now() + days * 24 * 3600_000 };
}
