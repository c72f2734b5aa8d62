import type { components } from '../../src/cloud/api/schema.d.ts';
import { type Cluster, newId, type Operation, type World } from './world.ts';

type Step = components['schemas']['Step'];

const createSteps: [name: string, title: string][] = [
  ['validate', 'Check the request'],
  ['storage', 'Reserve storage'],
  ['endpoint', 'Reserve the endpoint'],
  ['node', 'Start the data plane'],
  ['health', 'Wait until the data plane is healthy'],
  ['link', 'Wait for its call to the control plane'],
  ['ready', 'Hand over the cluster'],
];

const deleteSteps: [name: string, title: string][] = [
  ['drain', 'Stop new executions'],
  ['node', 'Stop the data plane'],
  ['endpoint', 'Release the endpoint'],
  ['storage', 'Remove the storage'],
  ['forget', 'Forget the cluster'],
];

const failure =
  'health: http://127.0.0.1:7204/health did not answer within 5 s; the data plane exited with status 1';

/** A new operation of a cluster, all steps before it. */
export function newOperation(cluster: Cluster, kind: Operation['kind'], createdBy: string): Operation {
  const plan = kind === 'create-cluster' ? createSteps : deleteSteps;
  return {
    id: newId(),
    kind,
    state: 'RUNNING',
    cluster: cluster.name,
    organization: cluster.organization,
    createdBy,
    createdAt: new Date().toISOString(),
    steps: plan.map(([name, title]) => ({ name, title, state: 'PENDING' })),
  };
}

/**
 * Carries an operation out step by step. The creation of a cluster whose name begins with "fail" fails at the health check
 * and is undone.
 */
export async function run(world: World, cluster: Cluster, operation: Operation, stepMs: number) {
  const fails = operation.kind === 'create-cluster' && cluster.name.startsWith('fail');
  for (const step of operation.steps) {
    begin(step);
    world.announce(cluster, operation);
    await pause(stepMs);
    if (fails && step.name === 'health') {
      end(step, 'FAILED');
      step.attempts = 3;
      step.reason = failure;
      await undo(world, cluster, operation, stepMs);
      return;
    }
    end(step, 'SUCCEEDED');
    world.announce(cluster, operation);
  }
  operation.state = 'SUCCEEDED';
  operation.endedAt = new Date().toISOString();
  if (operation.kind === 'delete-cluster') {
    world.announce(cluster, operation);
    world.removeCluster(cluster);
    return;
  }
  becomeReady(cluster);
  world.announce(cluster, operation);
}

async function undo(world: World, cluster: Cluster, operation: Operation, stepMs: number) {
  world.announce(cluster, operation);
  for (const step of operation.steps.filter(({ state }) => state === 'SUCCEEDED').reverse()) {
    await pause(stepMs);
    step.state = 'UNDONE';
    world.announce(cluster, operation);
  }
  operation.state = 'FAILED';
  operation.reason = failure;
  operation.endedAt = new Date().toISOString();
  cluster.state = 'FAILED';
  cluster.reason = failure;
  world.announce(cluster, operation);
}

/** Makes a cluster look as a data plane that has called home. */
export function becomeReady(cluster: Cluster) {
  const port = 7200 + Math.floor(Math.random() * 700);
  Object.assign(cluster, {
    state: 'READY',
    endpoint: `http://127.0.0.1:${port}/api`,
    console: `http://127.0.0.1:${port}/`,
    version: 'v0.1.0',
    readyAt: new Date().toISOString(),
    lastSeenAt: new Date().toISOString(),
    executions: {},
  } satisfies Partial<Cluster>);
}

/** Ends an operation at once, for what lies in the past of the seeded world. */
export function finish(operation: Operation, seconds: number, failed = false) {
  const start = Date.parse(operation.createdAt);
  const each = (seconds * 1000) / operation.steps.length;
  const failing = operation.steps.findIndex(({ name }) => name === 'health');
  operation.steps.forEach((step, index) => {
    if (failed && index > failing) return;
    step.state = failed ? 'UNDONE' : 'SUCCEEDED';
    step.attempts = 1;
    step.startedAt = new Date(start + each * index).toISOString();
    step.endedAt = new Date(start + each * (index + 1)).toISOString();
    if (failed && index === failing) Object.assign(step, { state: 'FAILED', attempts: 3, reason: failure });
  });
  operation.state = failed ? 'FAILED' : 'SUCCEEDED';
  if (failed) operation.reason = failure;
  operation.endedAt = new Date(start + seconds * 1000).toISOString();
}

function begin(step: Step) {
  step.state = 'RUNNING';
  step.attempts = 1;
  step.startedAt = new Date().toISOString();
}

function end(step: Step, state: Step['state']) {
  step.state = state;
  step.endedAt = new Date().toISOString();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What is left of a cluster whose deletion failed; nothing of others. */
export function leftoversOf({ kind, state }: Operation): components['schemas']['Resource'][] {
  return kind === 'delete-cluster' && state === 'FAILED'
    ? [{ kind: 'vpc', id: 'vpc-0a1b2c', name: 'stuck' }]
    : [];
}
