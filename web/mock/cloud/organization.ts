import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { ago, type Organization } from './world.ts';

/** Name, end and plan of organizations. */
export const organizationRoutes: Route[] = [
  ['PUT /organizations/*', rename],
  ['POST /organizations/*/deletion', askDeletion],
  ['DELETE /organizations/*/deletion', keep],
  ['GET /organizations/*/plan', planOf],
];

function organizationOf({ world, parts: [org = ''] }: Call): Organization {
  const organization = world.organizations.get(org);
  if (organization === undefined) throw new Refusal(404, 'There is no such organization.');
  return organization;
}

/** An organization as the caller sees it. */
const seen = ({ world, email }: Call, { id }: Organization): Answer =>
  ok(world.me(email).organizations.find((one) => one.id === id));

function rename(call: Call): Answer {
  const organization = organizationOf(call);
  const { name: before } = organization;
  const name = String(call.body.name);
  const { world } = call;
  if (name !== before && world.organizations.has(name)) {
    throw new Refusal(409, 'The name is taken.', { name: 'is the name of another organization' });
  }
  organization.name = name;
  const maps: Map<string, unknown>[] = [
    world.organizations,
    world.members,
    world.clusters,
    world.grants,
    world.groups,
    world.projects,
    world.roles,
    world.quotas,
  ];
  for (const map of maps) {
    const held = map.get(before);
    map.delete(before);
    if (held !== undefined) map.set(name, held);
  }
  return seen(call, organization);
}

function askDeletion(call: Call): Answer {
  const organization = organizationOf(call);
  if (call.body.name !== organization.name) throw new Refusal(422, 'Wrong.', { name: 'must be the name' });
  organization.state = 'LEAVING';
  organization.closed = `The organization ${organization.name} will be deleted.`;
  organization.deletion = { askedAt: ago(0), askedBy: call.email, deleteAt: ago(-7 * 24 * 3600) };
  return { ...seen(call, organization), status: 202 };
}

function keep(call: Call): Answer {
  const organization = organizationOf(call);
  organization.state = 'ACTIVE';
  delete organization.closed;
  delete organization.deletion;
  return seen(call, organization);
}

/** acme has a plan that is nearly used up; of others nothing is limited. */
function planOf(call: Call): Answer {
  const {
    world,
    parts: [org = ''],
  } = call;
  const limits: Record<string, number> =
    org === 'acme'
      ? { clusters: world.clusters.get(org)?.length ?? 0, members: 25, executions: 500_000 }
      : {};
  const used: Record<string, number> = {
    clusters: world.clusters.get(org)?.length ?? 0,
    nodes: 5,
    members: world.members.get(org)?.length ?? 0,
    projects: 2,
    accessKeys: 4,
    serviceAccounts: 1,
    apiKeys: 3,
    executions: 312_440,
    tasks: 1_204_001,
    storage: 3 * 1024 ** 3,
  };
  return ok({
    name: org === 'acme' ? 'team' : 'unlimited',
    title: org === 'acme' ? 'Team' : 'Unlimited',
    uses: Object.entries(used).map(([resource, n]) => ({ resource, used: n, limit: limits[resource] })),
  });
}
