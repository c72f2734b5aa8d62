import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { builtIn, permissions } from './rights.ts';
import {
  ago,
  type Cluster,
  type Grant,
  type Group,
  type Invitation,
  newId,
  type RoleDefinition,
} from './world.ts';

/** Roles of members, groups and grants. */
export const peopleRoutes: Route[] = [
  ['PUT /organizations/*/members/*', updateMember],
  ['GET /organizations/*/members/*/sessions', memberSessions],
  ['DELETE /organizations/*/members/*/sessions', endMemberSessions],
  ['GET /organizations/*/invitations', (call) => ok(listOf(call.world.invitations, call))],
  ['POST /organizations/*/invitations', invite],
  ['GET /organizations/*/roles', (call) => ok([...builtIn, ...rolesOf(call)])],
  ['GET /permissions', () => ok(permissions)],
  ['POST /organizations/*/roles', createRole],
  ['PUT /organizations/*/roles/*', updateRole],
  ['DELETE /organizations/*/roles/*', deleteRole],
  ['GET /organizations/*/groups', (call) => ok(groupsOf(call))],
  ['POST /organizations/*/groups', createGroup],
  ['GET /organizations/*/groups/*', (call) => ok(groupOf(call))],
  ['PUT /organizations/*/groups/*', updateGroup],
  ['DELETE /organizations/*/groups/*', deleteGroup],
  ['PUT /organizations/*/groups/*/members/*', addToGroup],
  ['DELETE /organizations/*/groups/*/members/*', removeFromGroup],
  ['GET /organizations/*/grants', listGrants],
  ['POST /organizations/*/grants', createGrant],
  ['DELETE /organizations/*/grants/*', deleteGrant],
];

/** The list of an organization in one of the world's maps; it is made when there is none. */
export function listOf<T>(map: Map<string, T[]>, { parts: [org = ''] }: Call): T[] {
  const list = map.get(org) ?? [];
  map.set(org, list);
  return list;
}

/** Invites somebody; the mail server, if there is one, has not taken the e-mail yet. */
function invite(call: Call): Answer {
  const { world, email, body, parts } = call;
  const invitation: Invitation = {
    id: newId(),
    organization: parts[0] ?? '',
    email: String(body.email),
    role: String(body.role),
    createdBy: email,
    createdAt: ago(0),
    expiresAt: ago(-7 * 24 * 3600),
    ...(world.mailServer && { mail: 'QUEUED' }),
  };
  listOf(world.invitations, call).push(invitation);
  return { status: 201, body: { ...invitation, link: 'https://podium.example.com/invitation#token' } };
}

const rolesOf = (call: Call): RoleDefinition[] => listOf(call.world.roles, call);
const groupsOf = (call: Call): Group[] => listOf(call.world.groups, call);
const grantsOf = (call: Call): Grant[] => listOf(call.world.grants, call);

/** The one of a list that the second star of the route names. */
export function found<T extends { id: string }>(list: T[], { parts: [, id] }: Call, what: string): T {
  const one = list.find((each) => each.id === id);
  if (one === undefined) throw new Refusal(404, `There is no such ${what}.`);
  return one;
}

const groupOf = (call: Call): Group => found(groupsOf(call), call, 'group');

export function drop<T extends { id: string }>(map: Map<string, T[]>, call: Call): Answer {
  const [org = '', id] = call.parts;
  map.set(
    org,
    listOf(map, call).filter((one) => one.id !== id),
  );
  return { status: 204 };
}

/** The name that a request gives, when no other of the list has it. */
export function freeName(list: { id: string; name: string }[], { body, parts: [, id] }: Call): string {
  const name = String(body.name ?? '');
  if (list.some((one) => one.name === name && one.id !== id)) {
    throw new Refusal(409, 'The name is taken.', { name: 'is taken' });
  }
  return name;
}

function updateMember(call: Call): Answer {
  const all = listOf(call.world.members, call);
  const member = found(all, call, 'member');
  const owners = all.filter(({ role }) => role === 'owner');
  if (call.body.role !== 'owner' && owners.length === 1 && owners[0] === member) {
    throw new Refusal(409, 'The last owner stays.');
  }
  member.role = String(call.body.role);
  return ok(member);
}

function roleInput({ body }: Call): Pick<RoleDefinition, 'description' | 'permissions'> {
  return { description: String(body.description ?? ''), permissions: body.permissions as string[] };
}

function createRole(call: Call): Answer {
  const role: RoleDefinition = {
    id: `rol_${newId()}`,
    name: freeName(rolesOf(call), call),
    kind: 'custom',
    ...roleInput(call),
  };
  rolesOf(call).push(role);
  return { status: 201, body: role };
}

function updateRole(call: Call): Answer {
  const role = found(rolesOf(call), call, 'role');
  return ok(Object.assign(role, { name: freeName(rolesOf(call), call), ...roleInput(call) }));
}

function deleteRole(call: Call): Answer {
  if (grantsOf(call).some(({ role }) => role === call.parts[1])) {
    throw new Refusal(409, 'Somebody has the role. Give them another one first.');
  }
  return drop(call.world.roles, call);
}

function emailOf(call: Call): string {
  return found(listOf(call.world.members, call), call, 'member').email;
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

function memberSessions(call: Call): Answer {
  const email = emailOf(call);
  return ok(
    [...call.world.sessions]
      .filter(([, of]) => of === email)
      .map(([id]) => ({
        id,
        current: email === call.email,
        agent: firefox,
        address: '203.0.113.7',
        createdAt: ago(5 * 3600),
        seenAt: ago(120),
        expiresAt: ago(-24 * 3600),
      })),
  );
}

function endMemberSessions(call: Call): Answer {
  const email = emailOf(call);
  for (const [id, of] of call.world.sessions) {
    if (of === email && email !== call.email) call.world.sessions.delete(id);
  }
  return { status: 204 };
}

function createGroup(call: Call): Answer {
  const group: Group = {
    id: newId(),
    name: freeName(groupsOf(call), call),
    providerGroups: (call.body.providerGroups as string[] | undefined) ?? [],
    members: [],
    serviceAccounts: [],
    createdAt: ago(0),
  };
  groupsOf(call).push(group);
  return { status: 201, body: group };
}

function updateGroup(call: Call): Answer {
  const group = groupOf(call);
  group.name = freeName(groupsOf(call), call);
  group.providerGroups = (call.body.providerGroups as string[] | undefined) ?? [];
  return ok(group);
}

function deleteGroup(call: Call): Answer {
  const [org = '', id] = call.parts;
  call.world.grants.set(
    org,
    grantsOf(call).filter(({ principal }) => principal !== id),
  );
  return drop(call.world.groups, call);
}

function addToGroup(call: Call): Answer {
  const group = groupOf(call);
  const member = listOf(call.world.members, call).find(({ id }) => id === call.parts[2]);
  if (member === undefined) throw new Refusal(404, 'There is no such member.');
  const { id, email, name } = member;
  if (!group.members.some((one) => one.id === id)) group.members.push({ id, email, name });
  return ok(group);
}

function removeFromGroup(call: Call): Answer {
  const group = groupOf(call);
  group.members = group.members.filter(({ id }) => id !== call.parts[2]);
  return { status: 204 };
}

const clustersOf = (call: Call): Cluster[] => listOf(call.world.clusters, call);

function listGrants(call: Call): Answer {
  const name = new URL(call.request.url ?? '', 'http://localhost').searchParams.get('cluster');
  if (name === null) return ok(grantsOf(call));
  const project = clustersOf(call).find((one) => one.name === name)?.project;
  return ok(
    grantsOf(call).filter(
      (one) => one.cluster === name || (one.cluster === undefined && (one.project ?? project) === project),
    ),
  );
}

function createGrant(call: Call): Answer {
  const { principalKind, principal, role, project, cluster } = call.body as unknown as Grant;
  const named =
    principalKind === 'group'
      ? groupsOf(call).find(({ id }) => id === principal)?.name
      : listOf(call.world.members, call).find(({ id }) => id === principal)?.email;
  if (named === undefined) {
    throw new Refusal(422, 'The request is not valid.', { principal: 'is not known here' });
  }
  const grant: Grant = {
    id: newId(),
    principalKind,
    principal,
    principalName: named,
    role,
    roleName: rolesOf(call).find(({ id }) => id === role)?.name,
    project,
    cluster,
    createdBy: call.email,
    createdAt: ago(0),
  };
  grantsOf(call).push(grant);
  return ok(grant);
}

function deleteGrant(call: Call): Answer {
  return drop(call.world.grants, call);
}
