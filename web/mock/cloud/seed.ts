import { embedded } from './nodes.ts';
import { becomeReady, finish, newOperation } from './operations.ts';
import { permissionsOf } from './rights.ts';
import { type AccessKey, ago, type Cluster, type Grant, newId, type Operation, World } from './world.ts';

const ada = 'ada@example.com';
const hour = 3600;
const day = 24 * hour;

/**
 * A world to look at: "acme" has clusters in every state and keys of every age, "quiet" has nothing, and in "broken" every
 * call fails. Ada owns all three and is a member of "guild".
 */
export function seed(): World {
  const world = new World();
  world.account(ada, 'Ada Lovelace');
  for (const name of ['acme', 'broken', 'guild', 'quiet']) world.addOrganization(name, ada);
  const grace = world.account('grace@example.com', 'Grace Hopper');
  const radia = world.account('radia@example.com', 'Radia Perlman');
  world.members.get('acme')?.push({ ...grace, role: 'member', since: ago(20 * day) });
  world.members.get('acme')?.push({ ...radia, role: 'member', since: ago(2 * day) });
  world.sessions.set('grace', grace.email);
  const guild = world.members.get('guild');
  if (guild?.[0] !== undefined) guild[0].role = 'member';
  guild?.unshift({ ...grace, role: 'owner', since: ago(90 * day) });

  ready(world, 'acme', 'encoding', 41 * day, {
    RUNNING: 128,
    COMPLETED: 1_204_551,
    FAILED: 312,
    TERMINATED: 12,
  });
  ready(world, 'acme', 'payments', 12 * day, { RUNNING: 7, PAUSED: 2, COMPLETED: 84_210, TIMED_OUT: 3 });
  ready(world, 'acme', 'staging', 5 * hour, {});
  ready(world, 'guild', 'shared', 80 * day, { COMPLETED: 9_140 });
  const lost = ready(world, 'acme', 'edge-berlin', 9 * day, { RUNNING: 31, COMPLETED: 22_901 });
  Object.assign(lost, {
    state: 'UNREACHABLE',
    reason: 'It has not called for 4 minutes.',
    lastSeenAt: ago(4 * 60),
  } satisfies Partial<Cluster>);
  failed(world, 'acme', 'trial');
  deleted(world, 'acme', 'prototype');

  world.accessKeys.set('acme/encoding', [
    key('image workers', 2 * day, 88 * day),
    key('billing', 80 * day, 5 * day),
    key('old laptop', 100 * day, -2 * day, grace.email),
  ]);
  const shift = {
    id: newId(),
    name: 'Night shift',
    providerGroups: ['night-shift'],
    createdAt: ago(9 * day),
  };
  world.groups.set('acme', [{ ...shift, members: [{ ...radia, provider: 'Acme ID' }], serviceAccounts: [] }]);
  world.grants.set('acme', [
    grant('user', grace.id, grace.email, 'cluster-admin', { cluster: 'encoding' }),
    grant('group', shift.id, shift.name, 'cluster-operator', { project: 'default' }),
  ]);
  world.roles.set('acme', [
    {
      id: 'rol_release',
      name: 'Release manager',
      description: 'Upgrades clusters, and looks at what runs',
      kind: 'custom',
      permissions: ['organization.read', 'cluster.read', 'cluster.update', 'operation.read'],
    },
  ]);
  world.projects.set('acme', [
    { id: newId(), name: 'lab', default: false, clusters: 0, permissions: [], createdAt: ago(6 * day) },
  ]);
  Object.assign(world.cluster('acme', 'staging') ?? {}, { project: 'lab' });
  const nightly = {
    id: newId(),
    name: 'nightly',
    description: 'Deploys at night, from the pipeline',
    role: 'member',
    createdAt: ago(80 * day),
    createdBy: ada,
  };
  world.serviceAccounts.set('acme', [
    nightly,
    { id: newId(), name: 'terraform', description: '', createdAt: ago(3 * day), createdBy: ada },
  ]);
  const apiKey = {
    organization: 'acme',
    dangerous: false,
    paused: false,
    createdAt: ago(80 * day),
    createdBy: ada,
  };
  const service = { ownerKind: 'service-account' as const, owner: nightly.id, ownerName: nightly.name };
  const person = { ownerKind: 'user' as const, owner: world.account(ada, '').id, ownerName: ada };
  world.apiKeys.push(
    {
      ...apiKey,
      ...service,
      id: newId(),
      name: 'pipeline',
      dangerous: true,
      expiresAt: ago(-5 * day),
      lastUsedAt: ago(3 * hour),
      lastUsedFrom: '203.0.113.7',
    },
    { ...apiKey, ...service, id: newId(), name: 'old pipeline', paused: true, expiresAt: ago(2 * day) },
    {
      ...apiKey,
      ...person,
      id: newId(),
      name: 'laptop',
      role: 'cluster-viewer',
      cluster: 'encoding',
      expiresAt: ago(-70 * day),
    },
  );
  return world;
}

function ready(
  world: World,
  org: string,
  name: string,
  age: number,
  executions: Record<string, number>,
): Cluster {
  const cluster = empty(org, name, age);
  becomeReady(cluster);
  const operation = record(world, cluster, 'create-cluster', age);
  finish(operation, 1.4);
  Object.assign(cluster, { operation, readyAt: operation.endedAt, executions });
  world.addCluster(cluster);
  return cluster;
}

function failed(world: World, org: string, name: string) {
  const cluster = empty(org, name, 2 * hour);
  const operation = record(world, cluster, 'create-cluster', 2 * hour);
  finish(operation, 9, true);
  Object.assign(cluster, { state: 'FAILED', reason: operation.reason, operation });
  world.addCluster(cluster);
}

function deleted(world: World, org: string, name: string) {
  finish(record(world, empty(org, name, 3 * day), 'delete-cluster', day), 0.8);
}

function record(world: World, cluster: Cluster, kind: Operation['kind'], age: number): Operation {
  const operation = newOperation(cluster, kind, ada);
  operation.createdAt = ago(age);
  world.operations.push(operation);
  world.operations.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return operation;
}

function empty(org: string, name: string, age: number): Cluster {
  return {
    id: newId(),
    name,
    organization: org,
    project: 'default',
    permissions: permissionsOf('owner'),
    state: 'CREATING',
    cloud: 'local',
    nodes: name === embedded ? 1 : 2,
    size: 'small',
    model: 'managed',
    wantedVersion: '1.4.0',
    createdAt: ago(age),
  };
}

function grant(
  principalKind: Grant['principalKind'],
  principal: string,
  principalName: string,
  role: string,
  where: Pick<Grant, 'project' | 'cluster'>,
): Grant {
  return {
    id: newId(),
    principalKind,
    principal,
    principalName,
    role,
    ...where,
    createdBy: ada,
    createdAt: ago(day),
  };
}

function key(name: string, age: number, left: number, createdBy = ada): AccessKey {
  const used = left > 0 ? { lastUsedAt: ago(300) } : {};
  return {
    id: newId(),
    name,
    createdAt: ago(age),
    expiresAt: ago(-left),
    createdBy,
    role: 'worker',
    paused: false,
    ...used,
  };
}
