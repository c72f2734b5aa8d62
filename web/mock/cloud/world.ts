import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { components } from '../../src/cloud/api/schema.d.ts';
import { Refusal } from './call.ts';
import { permissionsOf } from './rights.ts';

type Schemas = components['schemas'];
export type AccessKey = Schemas['AccessKey'];
export type ApiKey = Schemas['ApiKey'];
export type Cluster = Schemas['Cluster'];
export type Grant = Schemas['Grant'];
export type Group = Schemas['Group'];
export type Invitation = Schemas['Invitation'];
export type Me = Schemas['Me'];
export type Member = Schemas['Member'];
export type Operation = Schemas['Operation'];
export type Organization = Schemas['Organization'];
export type Project = Schemas['Project'];
export type Quota = Schemas['Quota'];
export type ServiceAccount = Schemas['ServiceAccount'];
export type RoleDefinition = Schemas['RoleDefinition'];

/** What is announced on an organization's stream. */
export interface Announcement {
  org: string;
  event: 'cluster' | 'cluster-deleted' | 'operation';
  data: Cluster | Operation | { name: string };
}

/** Everything that the mock control plane knows, in memory. */
export class World {
  /** Why nobody can say what an operation would do; undefined: one can. */
  previewProblem: string | undefined;
  /** Whether clusters can be made in customers' cloud accounts. */
  customerAccounts = true;
  /** Of the prices; undefined: nothing is charged for. */
  currency: string | undefined;
  readonly accounts = new Map<string, Omit<Me, 'organizations'>>();
  readonly organizations = new Map<string, Organization>();
  readonly members = new Map<string, Member[]>();
  readonly clusters = new Map<string, Cluster[]>();
  readonly accessKeys = new Map<string, AccessKey[]>();
  readonly apiKeys: ApiKey[] = [];
  readonly serviceAccounts = new Map<string, ServiceAccount[]>();
  readonly grants = new Map<string, Grant[]>();
  readonly groups = new Map<string, Group[]>();
  /** The projects besides the default one. */
  readonly projects = new Map<string, Project[]>();
  readonly roles = new Map<string, RoleDefinition[]>();
  readonly quotas = new Map<string, Quota[]>();
  readonly operations: Operation[] = [];
  /** What was asked of nodes, newest first, by cluster. */
  readonly commands = new Map<string, Schemas['Command'][]>();
  /** Since when nodes are revoked, by cluster and id. */
  readonly revoked = new Map<string, string>();
  /** Since when accounts have a second factor, by e-mail. */
  readonly factors = new Map<string, string>();
  /** The organizations that ask for one. */
  readonly factorRequired = new Set<string>();
  readonly invitations = new Map<string, Invitation[]>();
  /** The installation sends e-mails. */
  mailServer = true;
  readonly sessions = new Map<string, string>();
  /** The sign-in is too long ago for what is dangerous. */
  stale = false;
  readonly changes = new EventEmitter<{ change: [Announcement] }>();

  constructor() {
    this.changes.setMaxListeners(0);
  }

  account(email: string, name: string): Omit<Me, 'organizations'> {
    const known = this.accounts.get(email);
    if (known !== undefined) return known;
    const made = { id: newId(), email, name };
    this.accounts.set(email, made);
    return made;
  }

  me(email: string): Me {
    const account = this.account(email, email);
    const organizations = [...this.organizations.values()]
      .flatMap((organization) => {
        const role = this.members.get(organization.name)?.find(({ id }) => id === account.id)?.role;
        const secondFactorMissing = this.factorRequired.has(organization.name) && !this.factors.has(email);
        return role === undefined
          ? []
          : [{ ...organization, role, permissions: permissionsOf(role), secondFactorMissing }];
      })
      .sort((a, b) => a.name.localeCompare(b.name));
    return { ...account, organizations };
  }

  /** The end of a key that is made or renewed now. */
  keyEnd(org: string, asked: unknown): string {
    const days = Number(asked ?? 90);
    const most = this.organizations.get(org)?.maxKeyDays ?? 365;
    if (days > most)
      throw new Refusal(422, 'The request is not valid.', { expiresInDays: `must be 1 to ${most}` });
    return ago(-days * 24 * 3600);
  }

  addOrganization(name: string, email: string): Organization {
    const account = this.account(email, email);
    const organization: Organization = {
      id: newId(),
      name,
      role: 'owner',
      permissions: permissionsOf('owner'),
      createdAt: ago(0),
      state: 'ACTIVE',
    };
    this.organizations.set(name, organization);
    this.clusters.set(name, []);
    this.members.set(name, [{ ...account, role: 'owner', since: organization.createdAt }]);
    return organization;
  }

  cluster(org: string, name: string): Cluster | undefined {
    return this.clusters.get(org)?.find((one) => one.name === name);
  }

  addCluster(cluster: Cluster) {
    const all = this.clusters.get(cluster.organization) ?? [];
    all.push(cluster);
    all.sort((a, b) => a.name.localeCompare(b.name));
    this.clusters.set(cluster.organization, all);
  }

  removeCluster({ organization: org, name }: Cluster) {
    this.clusters.set(
      org,
      (this.clusters.get(org) ?? []).filter((one) => one.name !== name),
    );
    this.accessKeys.delete(`${org}/${name}`);
    this.changes.emit('change', { org, event: 'cluster-deleted', data: { name } });
  }

  announce(cluster: Cluster, operation?: Operation) {
    const org = cluster.organization;
    if (operation !== undefined) this.changes.emit('change', { org, event: 'operation', data: operation });
    this.changes.emit('change', { org, event: 'cluster', data: cluster });
  }
}

/** A random id of the control plane's look. */
export function newId(): string {
  return randomBytes(10).toString('hex');
}

/** The moment so many seconds ago. */
export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString();
}
