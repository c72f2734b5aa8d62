import type { components } from '../../src/cloud/api/schema.d.ts';
import type { Operation } from './world.ts';

type Step = components['schemas']['Step'];

const taskStates: Record<Step['state'], string | undefined> = {
  PENDING: undefined,
  SKIPPED: undefined,
  RUNNING: 'IN_PROGRESS',
  SUCCEEDED: 'COMPLETED',
  UNDONE: 'COMPLETED',
  FAILED: 'FAILED',
};

/** The execution that would carry out the operation, in Conductor's JSON: its steps one by one, two of them side by side. */
export function executionOf(operation: Operation): Record<string, unknown> {
  const task = ({ name, title }: Step) => ({
    name,
    taskReferenceName: name,
    description: title,
    type: 'SIMPLE',
    inputParameters: { cluster: '${workflow.input.cluster}' },
  });
  const steps = (...names: string[]) => operation.steps.filter(({ name }) => names.includes(name)).map(task);
  const fork = ['storage', 'endpoint'];
  const definition = {
    name: operation.kind.replace('-', '_'),
    version: 1,
    schemaVersion: 2,
    inputParameters: ['cluster'],
    tasks: [
      ...steps('validate', 'drain', ...(operation.kind === 'delete-cluster' ? ['node'] : [])),
      {
        name: 'reserve',
        taskReferenceName: 'reserve',
        type: 'FORK_JOIN',
        forkTasks: fork.map((name) => steps(name)),
      },
      { name: 'reserved', taskReferenceName: 'reserved', type: 'JOIN', joinOn: fork },
      ...(operation.kind === 'create-cluster' ? steps('node', 'health', 'link', 'ready') : steps('forget')),
    ],
  };
  const tasks = operation.steps.flatMap((step) => tasksOf(step, operation.id));
  const ended = (name: string) =>
    operation.steps.some((step) => step.name === name && step.endedAt !== undefined);
  const first = operation.steps.find(({ name }) => fork.includes(name));
  if (first?.startedAt !== undefined) {
    const joined = fork.every(ended);
    tasks.push(system('reserve', 'FORK', 'COMPLETED', first.startedAt, operation.id));
    tasks.push(
      system('reserved', 'JOIN', joined ? 'COMPLETED' : 'IN_PROGRESS', first.startedAt, operation.id),
    );
  }
  return {
    workflowId: operation.id,
    workflowName: definition.name,
    workflowVersion: 1,
    workflowDefinition: definition,
    status: { RUNNING: 'RUNNING', SUCCEEDED: 'COMPLETED', FAILED: 'FAILED', CANCELLED: 'TERMINATED' }[
      operation.state
    ],
    reasonForIncompletion: operation.reason,
    createTime: Date.parse(operation.createdAt),
    startTime: Date.parse(operation.createdAt),
    endTime: operation.endedAt === undefined ? 0 : Date.parse(operation.endedAt),
    input: { cluster: { name: operation.cluster, cloud: 'local' } },
    output: {},
    tasks,
  };
}

function tasksOf(step: Step, workflowId: string) {
  const status = taskStates[step.state];
  if (status === undefined || step.startedAt === undefined) return [];
  const attempts = step.attempts ?? 1;
  return Array.from({ length: attempts }, (_, attempt) => ({
    taskId: `${workflowId}-${step.name}-${attempt}`,
    taskType: step.name,
    taskDefName: step.name,
    referenceTaskName: step.name,
    status,
    retryCount: attempt,
    retried: attempt < attempts - 1,
    reasonForIncompletion: step.reason,
    scheduledTime: Date.parse(step.startedAt ?? ''),
    startTime: Date.parse(step.startedAt ?? ''),
    endTime: step.endedAt === undefined ? 0 : Date.parse(step.endedAt),
    workflowTask: { name: step.name, taskReferenceName: step.name, type: 'SIMPLE' },
    inputData: {},
    outputData: {},
    workflowInstanceId: workflowId,
  }));
}

function system(name: string, type: string, status: string, startedAt: string, workflowId: string) {
  return {
    taskId: `${workflowId}-${name}-0`,
    taskType: type,
    taskDefName: name,
    referenceTaskName: name,
    status,
    retryCount: 0,
    retried: false,
    reasonForIncompletion: undefined,
    scheduledTime: Date.parse(startedAt),
    startTime: Date.parse(startedAt),
    endTime: status === 'COMPLETED' ? Date.parse(startedAt) : 0,
    workflowTask: { name, taskReferenceName: name, type: type === 'FORK' ? 'FORK_JOIN' : type },
    inputData: {},
    outputData: {},
    workflowInstanceId: workflowId,
  };
}
