import { nameProblem } from '../../src/cloud/name-rule.ts';
import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { drop, freeName, listOf } from './people.ts';
import { ago, newId, type Project } from './world.ts';

/** Projects, and the clusters in them. */
export const projectRoutes: Route[] = [
  ['GET /organizations/*/projects', (call) => ok(projectsOf(call).map((one) => seen(call, one)))],
  ['POST /organizations/*/projects', createProject],
  ['PUT /organizations/*/projects/*', renameProject],
  ['DELETE /organizations/*/projects/*', deleteProject],
  ['PUT /organizations/*/clusters/*/project', moveCluster],
];

/** The projects of an organization: the default one, and what was made. */
function projectsOf(call: Call): Project[] {
  const [org = ''] = call.parts;
  const list = listOf(call.world.projects, call);
  if (!list.some((one) => one.default)) {
    const createdAt = call.world.organizations.get(org)?.createdAt ?? ago(0);
    list.unshift({ id: newId(), name: 'default', default: true, clusters: 0, permissions: [], createdAt });
  }
  return list;
}

/** A project as the caller sees it. */
function seen({ world, email, parts: [org = ''] }: Call, project: Project): Project {
  const clusters = (world.clusters.get(org) ?? []).filter((one) => one.project === project.name).length;
  const organization = world.me(email).organizations.find(({ name }) => name === org);
  return { ...project, clusters, permissions: organization?.permissions ?? [] };
}

function projectOf(call: Call): Project {
  const project = projectsOf(call).find(({ name }) => name === call.parts[1]);
  if (project === undefined) throw new Refusal(404, 'There is no such project.');
  return project;
}

function checkedName(call: Call): string {
  const problem = nameProblem(String(call.body.name));
  if (problem !== undefined) throw new Refusal(422, 'The request is not valid.', { name: problem });
  return freeName(projectsOf(call), call);
}

function createProject(call: Call): Answer {
  const name = checkedName(call);
  const project = { id: newId(), name, default: false, clusters: 0, permissions: [], createdAt: ago(0) };
  projectsOf(call).push(project);
  return { status: 201, body: seen(call, project) };
}

function renameProject(call: Call): Answer {
  const project = projectOf(call);
  const name = checkedName({ ...call, parts: [call.parts[0] ?? '', project.id] });
  for (const cluster of call.world.clusters.get(call.parts[0] ?? '') ?? []) {
    if (cluster.project === project.name) cluster.project = name;
  }
  project.name = name;
  return ok(seen(call, project));
}

function deleteProject(call: Call): Answer {
  const project = seen(call, projectOf(call));
  if (project.clusters > 0) throw new Refusal(409, 'The project holds clusters.');
  return drop(call.world.projects, { ...call, parts: [call.parts[0] ?? '', project.id] });
}

function moveCluster(call: Call): Answer {
  const [org = '', name = ''] = call.parts;
  const cluster = call.world.cluster(org, name);
  if (cluster === undefined) throw new Refusal(404, 'There is no such cluster.');
  cluster.project = String(call.body.project);
  return ok(cluster);
}
