import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { builtIn, permissions } from './rights.ts';
import {
  ago,
  type Cluster,
  type Grant,
  type Group,
  newId,
  type Project,
  type RoleDefinition,
} from './world.ts';

/** Roles of members, roles that the organization makes, groups, projects and grants. */
export const peopleRoutes: Route[] = [
  ['PUT /organizations/*/members/*', updateMember],
  ['GET /permissions', () => ok(permissions)],
  ['GET /organizations/*/roles', (call) => ok([...builtIn, ...rolesOf(call)])],
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
  ['GET /organizations/*/projects', (call) => ok(projectsOf(call).map((one) => counted(call, one)))],
  ['POST /organizations/*/projects', createProject],
  ['PUT /organizations/*/projects/*', renameProject],
  ['DELETE /organizations/*/projects/*', deleteProject],
  ['PUT /organizations/*/clusters/*/project', moveCluster],
  ['GET /organizations/*/grants', listGrants],
  ['POST /organizations/*/grants', createGrant],
  ['DELETE /organizations/*/grants/*', deleteGrant],
];

/** The list of an organization in one of the world's maps; it is made when there is none. */
function listOf<T>(map: Map<string, T[]>, { parts: [org = ''] }: Call): T[] {
  const list = map.get(org) ?? [];
  map.set(org, list);
  return list;
}

const rolesOf = (call: Call): RoleDefinition[] => listOf(call.world.roles, call);
const groupsOf = (call: Call): Group[] => listOf(call.world.groups, call);
const projectsOf = (call: Call): Project[] => listOf(call.world.projects, call);
const grantsOf = (call: Call): Grant[] => listOf(call.world.grants, call);

/** The one of a list that the second star of the route names. */
function found<T extends { id: string }>(list: T[], { parts: [, id] }: Call, what: string): T {
  const one = list.find((each) => each.id === id);
  if (one === undefined) throw new Refusal(404, `There is no such ${what}.`);
  return one;
}

const groupOf = (call: Call): Group => found(groupsOf(call), call, 'group');

function drop<T extends { id: string }>(map: Map<string, T[]>, call: Call): Answer {
  const [org = '', id] = call.parts;
  map.set(
    org,
    listOf(map, call).filter((one) => one.id !== id),
  );
  return { status: 204 };
}

/** The name that a request gives, when no other of the list has it. */
function freeName(list: { id: string; name: string }[], { body, parts: [, id] }: Call): string {
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

function createRole(call: Call): Answer {
  const role: RoleDefinition = {
    id: `rol_${newId()}`,
    name: freeName(rolesOf(call), call),
    description: String(call.body.description ?? ''),
    kind: 'custom',
    permissions: call.body.permissions as string[],
  };
  rolesOf(call).push(role);
  return { status: 201, body: role };
}

function updateRole(call: Call): Answer {
  const role = found(rolesOf(call), call, 'role');
  return ok(Object.assign(role, call.body, { name: freeName(rolesOf(call), call) }));
}

function deleteRole(call: Call): Answer {
  const id = call.parts[1];
  const held = listOf(call.world.members, call).some(({ role }) => role === id);
  if (held || grantsOf(call).some(({ role }) => role === id)) {
    throw new Refusal(409, 'Somebody has the role.');
  }
  return drop(call.world.roles, call);
}

function createGroup(call: Call): Answer {
  const group: Group = {
    id: newId(),
    name: freeName(groupsOf(call), call),
    providerGroups: (call.body.providerGroups as string[] | undefined) ?? [],
    members: [],
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

function counted(call: Call, project: Project): Project {
  return { ...project, clusters: clustersOf(call).filter((one) => one.project === project.name).length };
}

/** The project that the second star of the route names. */
function projectOf(call: Call): Project {
  const project = projectsOf(call).find(({ id, name }) => id === call.parts[1] || name === call.parts[1]);
  if (project === undefined) throw new Refusal(404, 'There is no such project.');
  return project;
}

function createProject(call: Call): Answer {
  const project: Project = {
    id: newId(),
    name: freeName(projectsOf(call), call),
    default: false,
    clusters: 0,
    permissions: projectsOf(call)[0]?.permissions ?? [],
    createdAt: ago(0),
  };
  projectsOf(call).push(project);
  return { status: 201, body: project };
}

function renameProject(call: Call): Answer {
  const project = projectOf(call);
  const name = freeName(projectsOf(call), call);
  for (const cluster of clustersOf(call)) if (cluster.project === project.name) cluster.project = name;
  project.name = name;
  return ok(counted(call, project));
}

function deleteProject(call: Call): Answer {
  const project = projectOf(call);
  if (project.default || counted(call, project).clusters > 0) {
    throw new Refusal(409, 'The project has clusters. Move or delete them first.');
  }
  projectsOf(call).splice(projectsOf(call).indexOf(project), 1);
  return { status: 204 };
}

function moveCluster(call: Call): Answer {
  const cluster = clustersOf(call).find(({ name }) => name === call.parts[1]);
  if (cluster === undefined) throw new Refusal(404, 'There is no such cluster.');
  if (!projectsOf(call).some(({ name }) => name === call.body.project)) {
    throw new Refusal(422, 'The request is not valid.', { project: 'is not one of the organization' });
  }
  cluster.project = String(call.body.project);
  return ok(cluster);
}

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
