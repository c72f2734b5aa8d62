import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { nameProblem } from '../../src/cloud/name-rule.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { auditOf } from './audit.ts';
import { backupKey, backupsOf, linkBackup } from './backups.ts';
import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { catalog, previewCluster } from './catalog.ts';
import { cloudAccountRoutes } from './cloud-accounts.ts';
import { eventsOf } from './events.ts';
import { executionOf } from './execution.ts';
import { ask, findings, network, type PeeringRequest, peeringsOf } from './network.ts';
import { beginChange, commandNode, commandsOf, nodesOf, preview, revokeNode } from './nodes.ts';
import { leftoversOf, newOperation, run } from './operations.ts';
import { organizationRoutes } from './organization.ts';
import { peopleRoutes } from './people.ts';
import { projectRoutes } from './projects.ts';
import { permissionsOf } from './rights.ts';
import { checkCode, factorRoutes } from './second-factor.ts';
import { joinToken, setQuotas, usageOf } from './usage.ts';
import {
  type AccessKey,
  type Announcement,
  ago,
  type Cluster,
  newId,
  type Operation,
  type World,
} from './world.ts';

const publicRoutes = new Set(['POST /signup', 'POST /login', 'POST /logout', 'POST /sso/discover']);

const dangerous = new Set(['POST /organizations/*/members', 'DELETE /organizations/*/clusters/*']);

const routes: Route[] = [
  ['POST /signup', signUp],
  ['POST /login', logIn],
  ['POST /logout', logOut],
  ['POST /sso/discover', () => ok([])],
  ['GET /me', ({ world, email }) => ok(world.me(email))],
  ['GET /organizations', ({ world, email }) => ok(world.me(email).organizations)],
  ['POST /organizations', createOrganization],
  ['GET /organizations/*/members', ({ world, parts: [org = ''] }) => ok(world.members.get(org))],
  ['POST /organizations/*/members', addMember],
  ['DELETE /organizations/*/members/*', removeMember],
  [
    'GET /organizations/*/single-sign-on',
    () =>
      ok({
        required: false,
        redirectUri: 'https://podium.example.com/api/v1/sso/callback',
        postLogoutUri: 'https://podium.example.com/sign-in',
      }),
  ],
  ['GET /organizations/*/identity-providers', () => ok([])],
  ['GET /organizations/*/domains', () => ok([])],
  ['GET /organizations/*/audit', (call) => ok(auditOf(call))],
  [
    'GET /organizations/*/audit/verification',
    () =>
      ok({
        intact: true,
        entries: 3,
        signedTo: 2,
        hash: 'c0ffee',
        publicKey: '-----BEGIN PUBLIC KEY-----\n',
      }),
  ],
  ['GET /organizations/*/events', watchOrganization],
  [
    'GET /organizations/*/operations',
    ({ world, parts: [org] }) => ok(world.operations.filter((one) => one.organization === org)),
  ],
  ['GET /organizations/*/usage', usageOf],
  ['GET /organizations/*/quotas', ({ world, parts: [org = ''] }) => ok(world.quotas.get(org) ?? [])],
  ['PUT /organizations/*/quotas', setQuotas],
  ['POST /organizations/*/clusters/*/join-tokens', joinToken],
  ['GET /organizations/*/clusters', (call) => ok(clustersOf(call))],
  ['POST /organizations/*/clusters', createCluster],
  ['GET /organizations/*/clusters/*', (call) => ok(seen(call, clusterOf(call)))],
  ['DELETE /organizations/*/clusters/*', deleteCluster],
  [
    'GET /organizations/*/clusters/*/nodes',
    ({ world, parts: [org = '', name = ''] }) => ok(nodesOf(world, org, name)),
  ],
  ['POST /organizations/*/clusters/*/nodes/*/revoke', revokeNode],
  ['POST /organizations/*/clusters/*/nodes/*/commands', commandNode],
  [
    'GET /organizations/*/clusters/*/commands',
    ({ world, parts: [org = '', name = ''] }) => ok(commandsOf(world, org, name)),
  ],
  [
    'GET /organizations/*/clusters/*/backups',
    ({ world, parts: [org = '', cluster = ''] }) => ok(backupsOf(world, org, cluster)),
  ],
  ['GET /organizations/*/clusters/*/backups/*/key', backupKey],
  ['POST /organizations/*/clusters/*/backups/*/links', linkBackup],
  ['POST /organizations/*/clusters/*/operations/preview', preview],
  ['POST /organizations/*/clusters/*/operations', beginChange],
  ['GET /organizations/*/catalog', catalog],
  ['POST /organizations/*/cluster-preview', previewCluster],
  ['GET /organizations/*/clusters/*/events', (call) => eventsOf(call)],
  ['PUT /organizations/*/clusters/*/settings', changeSettings],
  ['DELETE /organizations/*/clusters/*/fence', liftFence],
  [
    'GET /organizations/*/clusters/*/network',
    ({ parts: [, cluster] }) => ok(cluster === 'encoding' ? network : { available: false, zones: [] }),
  ],
  [
    'GET /organizations/*/clusters/*/peerings',
    ({ world, parts: [org = '', cluster = ''] }) => ok(peeringsOf(world, org, cluster)),
  ],
  [
    'POST /organizations/*/clusters/*/peerings/check',
    ({ body }) => ok(findings(body as unknown as PeeringRequest)),
  ],
  [
    'POST /organizations/*/clusters/*/peerings',
    ({ world, parts: [org = '', cluster = ''], body }) => ({
      status: 202,
      body: ask(world, org, cluster, body as unknown as PeeringRequest),
    }),
  ],
  ['DELETE /organizations/*/clusters/*/peerings/*', disconnect],
  ['POST /organizations/*/clusters/*/console-sessions', openConsole],
  ['GET /organizations/*/clusters/*/access-keys', (call) => ok(keysOf(call))],
  ['POST /organizations/*/clusters/*/access-keys', createKey],
  ['PATCH /organizations/*/clusters/*/access-keys/*', pauseKey],
  ['POST /organizations/*/clusters/*/access-keys/*/rotate', renewKey],
  ['DELETE /organizations/*/clusters/*/access-keys/*', deleteKey],
  ...peopleRoutes,
  ...projectRoutes,
  ...apiKeyRoutes,
  ...cloudAccountRoutes,
  ...organizationRoutes,
  ...factorRoutes,
  ['GET /operations/*', (call) => ok(operationOf(call))],
  ['GET /operations/*/leftovers', (call) => ok(leftoversOf(operationOf(call)))],
  ['GET /operations/*/events', watchOperation],
  ['GET /operations/*/execution', (call) => ok(executionOf(operationOf(call)))],
];

function changeSettings(call: Call): Answer {
  const cluster = clusterOf(call);
  const { protected: isProtected, backupEveryHours, backupKeep, backupKeepDays } = call.body;
  Object.assign(cluster, { protected: isProtected, backupEveryHours, backupKeep, backupKeepDays });
  return ok(seen(call, cluster));
}

function liftFence(call: Call): Answer {
  const cluster = clusterOf(call);
  delete cluster.fence;
  return ok(seen(call, cluster));
}

function disconnect({ world, parts: [org = '', cluster = '', id] }: Call): Answer {
  const list = peeringsOf(world, org, cluster);
  const at = list.findIndex((peering) => peering.id === id);
  const [gone] = at < 0 ? [] : list.splice(at, 1);
  if (gone === undefined) throw new Refusal(404, 'There is no such peering.');
  return { status: 202, body: gone.operation };
}

/** Answers one request below /api/v1 as the control plane would. */
export async function handle(
  world: World,
  stepMs: number,
  request: IncomingMessage,
  response: ServerResponse,
) {
  try {
    const path = (request.url ?? '').replace(/\?.*/, '').replace(/^\/api\/v1/, '');
    const route = match(`${request.method} ${path}`);
    const session = /podium_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const email = world.sessions.get(session) ?? '';
    if (!publicRoutes.has(route.pattern) && email === '') throw new Refusal(401, 'Sign in first.');
    guard(world, email, path);
    if (world.stale && dangerous.has(route.pattern)) {
      throw new Refusal(403, 'Sign in again to do this.', {}, 'urn:podium:sign-in-again');
    }
    const body = await read(request);
    const answer = route.handle({ world, stepMs, email, parts: route.parts, body, request, response });
    if (answer !== undefined) send(response, answer.status, answer.body);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    send(response, error.status, {
      type: error.type,
      title: error.message,
      status: error.status,
      detail: error.message,
      errors: Object.entries(error.fields).map(([field, message]) => ({ field, message })),
    });
  }
}

function match(wanted: string): { pattern: string; handle: Route[1]; parts: string[] } {
  for (const [pattern, handler] of routes) {
    const found = new RegExp(`^${pattern.replaceAll('*', '([^/]+)')}$`).exec(wanted);
    if (found !== null) return { pattern, handle: handler, parts: found.slice(1).map(decodeURIComponent) };
  }
  throw new Refusal(404, 'There is no such resource.');
}

/** Strangers see nothing of an organization; in the one named "broken" nothing works. */
function guard(world: World, email: string, path: string) {
  const org = /^\/organizations\/([^/]+)\//.exec(path)?.[1];
  if (org === undefined) return;
  if (!world.me(email).organizations.some(({ name }) => name === org))
    throw new Refusal(404, 'There is no such organization.');
  if (org === 'broken') throw new Refusal(500, 'The store does not answer. Try again in a moment.');
}

function signUp({ world, body, response }: Call): Answer {
  const { email, name, organization } = body as Record<string, string>;
  if (email === undefined || world.accounts.has(email)) {
    throw new Refusal(409, 'The account exists.', { email: 'is taken' });
  }
  claimName(world, organization ?? '', 'organization');
  world.account(email, name ?? email);
  world.addOrganization(organization ?? '', email);
  begin(world, email, response);
  return { status: 201, body: world.me(email) };
}

function logIn({ world, body, response }: Call): Answer {
  const { email = '', password, code } = body as Record<string, string>;
  if (password === 'wrong' || !world.accounts.has(email))
    throw new Refusal(401, 'E-mail or password is wrong.');
  checkCode(world, email, code);
  world.stale = false;
  begin(world, email, response);
  return { status: 200, body: world.me(email) };
}

function logOut({ response }: Call): Answer {
  response.setHeader('Set-Cookie', 'podium_session=; Path=/; Max-Age=0');
  return { status: 204 };
}

function begin(world: World, email: string, response: ServerResponse) {
  const session = randomBytes(16).toString('hex');
  world.sessions.set(session, email);
  response.setHeader('Set-Cookie', `podium_session=${session}; Path=/; HttpOnly; SameSite=Lax`);
}

function createOrganization({ world, body, email }: Call): Answer {
  const name = String(body.name ?? '');
  claimName(world, name, 'name');
  return { status: 201, body: world.addOrganization(name, email) };
}

function claimName(world: World, name: string, field: string) {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new Refusal(422, 'The request is not valid.', { [field]: problem });
  if (world.organizations.has(name)) throw new Refusal(409, 'The name is taken.', { [field]: 'is taken' });
}

function addMember({ world, body, parts: [org = ''] }: Call): Answer {
  const account = world.accounts.get(String(body.email));
  if (account === undefined) {
    throw new Refusal(422, 'The request is not valid.', { email: 'has no account here; they sign up first' });
  }
  const role = String(body.role);
  const others = (world.members.get(org) ?? []).filter(({ id }) => id !== account.id);
  const member = { ...account, role, since: ago(0) };
  world.members.set(org, [...others, member]);
  return ok(member);
}

function removeMember({ world, parts: [org = '', id] }: Call): Answer {
  const all = world.members.get(org) ?? [];
  const rest = all.filter((member) => member.id !== id);
  if (!rest.some(({ role }) => role === 'owner')) throw new Refusal(409, 'The last owner stays.');
  world.members.set(org, rest);
  return { status: 204 };
}

/** The clusters of an organization, each with what the caller may do with it. */
function clustersOf({ world, email, parts: [org = ''] }: Call): Cluster[] {
  return (world.clusters.get(org) ?? []).map((one) => seen({ world, email }, one));
}

/** A cluster as the caller sees it. */
function seen({ world, email }: Pick<Call, 'world' | 'email'>, cluster: Cluster): Cluster {
  const organization = world.me(email).organizations.find(({ name }) => name === cluster.organization);
  return { ...cluster, permissions: organization?.permissions ?? [] };
}

function createCluster({ world, stepMs, email, body, parts: [org = ''] }: Call): Answer {
  const name = String(body.name ?? '');
  const problem = nameProblem(name);
  if (problem !== undefined) throw new Refusal(422, 'The request is not valid.', { name: problem });
  if (world.cluster(org, name) !== undefined)
    throw new Refusal(409, 'The name is taken.', { name: 'is taken' });
  const cluster: Cluster = {
    id: newId(),
    name,
    organization: org,
    project: String(body.project ?? 'default'),
    permissions: permissionsOf('owner'),
    state: 'CREATING',
    cloud: String(body.cloud ?? 'local'),
    ...(body.size !== undefined && { size: String(body.size) }),
    ...(body.region !== undefined && { region: String(body.region) }),
    ...(body.account !== undefined && { account: String(body.account) }),
    ...(body.nodes !== undefined && { nodes: Number(body.nodes) }),
    createdAt: ago(0),
  };
  cluster.operation = start(world, cluster, 'create-cluster', email, stepMs);
  world.addCluster(cluster);
  return { status: 202, body: cluster };
}

function deleteCluster(call: Call): Answer {
  const cluster = clusterOf(call);
  if (cluster.state === 'CREATING') throw new Refusal(409, 'The cluster is being created.');
  if (cluster.state !== 'DELETING') {
    cluster.state = 'DELETING';
    cluster.operation = start(call.world, cluster, 'delete-cluster', call.email, call.stepMs);
  }
  return { status: 202, body: cluster.operation };
}

function start(
  world: World,
  cluster: Cluster,
  kind: Operation['kind'],
  email: string,
  stepMs: number,
): Operation {
  const operation = newOperation(cluster, kind, email);
  world.operations.unshift(operation);
  void run(world, cluster, operation, stepMs);
  return operation;
}

function openConsole(call: Call): Answer {
  const cluster = clusterOf(call);
  if (cluster.state !== 'READY') throw new Refusal(409, 'The cluster is not ready.');
  return { status: 201, body: { url: `${cluster.console}#token=${newId()}`, expiresAt: ago(-12 * 3600) } };
}

function createKey(call: Call): Answer {
  const list = keysOf(call);
  const key = {
    id: newId(),
    name: String(call.body.name),
    createdAt: ago(0),
    createdBy: call.email,
    expiresAt: call.world.keyEnd(call.parts[0] ?? '', call.body.expiresInDays),
    role: (call.body.role ?? 'developer') as AccessKey['role'],
    paused: false,
  };
  list.unshift(key);
  return { status: 201, body: { ...key, secret: randomBytes(24).toString('base64url') } };
}

function keyOf(call: Call): AccessKey {
  const key = keysOf(call).find(({ id }) => id === call.parts[2]);
  if (key === undefined) throw new Refusal(404, 'There is no such access key.');
  return key;
}

function pauseKey(call: Call): Answer {
  const key = keyOf(call);
  key.paused = call.body.paused === true;
  return { status: 200, body: { ...key } };
}

function renewKey(call: Call): Answer {
  const key = keyOf(call);
  key.expiresAt = call.world.keyEnd(call.parts[0] ?? '', call.body.expiresInDays);
  key.formerUntil = ago(-Number(call.body.graceHours ?? 24) * 3600);
  return { status: 200, body: { ...key, secret: randomBytes(24).toString('base64url') } };
}

function deleteKey(call: Call): Answer {
  const [org, cluster, id] = call.parts;
  call.world.accessKeys.set(
    `${org}/${cluster}`,
    keysOf(call).filter((key) => key.id !== id),
  );
  return { status: 204 };
}

function clusterOf({ world, parts: [org = '', name = ''] }: Call): Cluster {
  const cluster = world.cluster(org, name);
  if (cluster === undefined) throw new Refusal(404, 'There is no such cluster.');
  return cluster;
}

function keysOf(call: Call) {
  const { organization, name } = clusterOf(call);
  const id = `${organization}/${name}`;
  const list = call.world.accessKeys.get(id) ?? [];
  call.world.accessKeys.set(id, list);
  return list;
}

function operationOf({ world, parts: [id] }: Call): Operation {
  const operation = world.operations.find((one) => one.id === id);
  if (operation === undefined) throw new Refusal(404, 'There is no such operation.');
  return operation;
}

function watchOrganization({ world, email, parts: [org = ''], response }: Call): undefined {
  const emit = stream(response);
  for (const cluster of world.clusters.get(org) ?? []) emit('cluster', seen({ world, email }, cluster));
  const follow = (change: Announcement) => {
    if (change.org === org) emit(change.event, change.data);
  };
  world.changes.on('change', follow);
  response.on('close', () => world.changes.off('change', follow));
}

function watchOperation(call: Call): undefined {
  const operation = operationOf(call);
  const emit = stream(call.response);
  const follow = () => {
    emit('operation', operation);
    if (operation.state === 'RUNNING') return;
    call.world.changes.off('change', follow);
    call.response.end();
  };
  call.world.changes.on('change', follow);
  call.response.on('close', () => call.world.changes.off('change', follow));
  follow();
}

function stream(response: ServerResponse): (event: string, data: unknown) => void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  return (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function send(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, {
    'Content-Type': status < 400 ? 'application/json' : 'application/problem+json',
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
