import type { components } from '../../src/cloud/api/schema.d.ts';
import { beginOperation, previewOperation } from './backups.ts';
import { type Answer, type Call, ok, Refusal } from './call.ts';
import { newOperation } from './operations.ts';
import { ago, newId, type World } from './world.ts';

type Node = components['schemas']['Node'];

/** The cluster whose data lies in a folder, and that has one node therefore. */
export const embedded = 'staging';

/** The nodes of a cluster: two of which one does not call, or one. */
export function nodesOf(world: World, org: string, cluster: string): Node[] {
  const healthy: Node = {
    id: 'node_1',
    name: '0',
    version: '1.4.0',
    registeredAt: ago(7200),
    seenAt: ago(12),
    reachable: true,
    ready: true,
    uptimeSeconds: 7200,
    memoryBytes: 96 << 20,
    cpu: 0.25,
    commands: ['rotate-certificate', 'collect-diagnostics', 'drain', 'resume'],
  };
  if (world.cluster(org, cluster)?.state === 'CREATING') return [];
  const silent = { ...healthy, id: 'node_2', name: '1', seenAt: ago(600), reachable: false };
  return (cluster === embedded ? [healthy] : [healthy, silent]).map((one) => {
    let node = one;
    const last = commandsOf(world, org, cluster).find(
      (asked) => asked.node === one.id && (asked.kind === 'drain' || asked.kind === 'resume'),
    );
    if (last?.kind === 'drain') node = { ...node, drained: true };
    const revokedAt = world.revoked.get(`${org}/${cluster}/${node.id}`);
    return revokedAt === undefined ? node : { ...node, revokedAt, reachable: false };
  });
}

type Command = components['schemas']['Command'];

/** What was asked of the nodes of a cluster. */
export const commandsOf = (world: World, org: string, cluster: string): Command[] =>
  world.commands.get(`${org}/${cluster}`) ?? [];

/** Asks a node for something, which has answered when one looks. */
export function commandNode({
  world,
  email,
  parts: [org = '', cluster = '', node = ''],
  body,
}: Call): Answer {
  const command: Command = {
    id: newId(),
    node,
    kind: body.kind as Command['kind'],
    state: 'QUEUED',
    askedBy: email,
    askedAt: ago(0),
    expiresAt: ago(-3600),
    facts: [],
  };
  const done: Command = {
    ...command,
    state: 'DONE',
    endedAt: ago(0),
    facts: [{ name: 'Version', value: '1.4.0' }],
  };
  world.commands.set(`${org}/${cluster}`, [done, ...commandsOf(world, org, cluster)]);
  return { status: 202, body: command };
}

/** Revokes a node. */
export function revokeNode({ world, parts: [org = '', cluster = '', node = ''] }: Call): Answer {
  if (!nodesOf(world, org, cluster).some(({ id }) => id === node))
    throw new Refusal(404, 'There is no such node.');
  world.revoked.set(`${org}/${cluster}/${node}`, ago(0));
  return { status: 204 };
}

/** What a change would do. */
export function preview(call: Call): Answer {
  const {
    world,
    parts: [, cluster],
    body: { kind, nodes, graceSeconds },
  } = call;
  if (world.previewProblem !== undefined) throw new Refusal(409, world.previewProblem);
  if (/back|restore/.test(String(kind))) return previewOperation(call);
  if (kind === 'resize-cluster')
    return ok({ effects: ['Each node starts anew.'], currency: 'EUR', priceBefore: 1500, priceAfter: 2500 });
  if (Number(graceSeconds) > 0) return ok({ effects: ['Nothing is lost for 7 days.'] });
  if (kind !== 'scale-cluster') return ok({ effects: ['All nodes stop.', 'Nothing is lost.'] });
  if (cluster === embedded) {
    throw new Refusal(400, 'The cluster is not valid.', {
      nodes: 'must be 1: clusters keep their data in a folder, which serves one node',
    });
  }
  return ok({ effects: [`The cluster has ${nodes} nodes.`] });
}

/** Begins a change. */
export function beginChange(call: Call): Answer {
  const {
    world,
    email,
    parts: [org = '', name = ''],
    body,
  } = call;
  if (body.kind !== 'scale-cluster' && body.kind !== 'resize-cluster') return beginOperation(call);
  const cluster = world.cluster(org, name);
  if (cluster === undefined) throw new Refusal(404, 'There is no such cluster.');
  if (body.nodes !== undefined) cluster.nodes = Number(body.nodes);
  const operation = newOperation(cluster, body.kind as 'scale-cluster', email);
  world.operations.unshift(operation);
  return { status: 202, body: operation };
}
