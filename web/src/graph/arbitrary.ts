import fc from 'fast-check';
import type { Execution, Task, TaskStatus, WorkflowDef, WorkflowTask } from '../conductor/types';
import { parseDefinition, walkBlocks } from './blocks';

/** Any definition that Conductor accepts, as deep and as wide as fast-check cares to make it. */
export const anyDefinition: fc.Arbitrary<WorkflowDef> = fc
  .letrec<{ tasks: WorkflowTask[]; task: WorkflowTask | readonly WorkflowTask[] }>((tie) => ({
    tasks: fc.array(tie('task'), { maxLength: 4, depthIdentifier: 'tasks' }).map((parts) => parts.flat()),
    task: fc.oneof(
      { depthIdentifier: 'tasks', maxDepth: 4 },
      fc.constantFrom('SIMPLE', 'HTTP', 'WAIT', 'SUB_WORKFLOW', 'TERMINATE').map((type) => task(type)),
      fc
        .tuple(fc.dictionary(fc.string({ maxLength: 40 }), tie('tasks'), { maxKeys: 4 }), tie('tasks'))
        .map(([decisionCases, defaultCase]) => task('SWITCH', { decisionCases, defaultCase })),
      fc
        .array(tie('tasks'), { maxLength: 5 })
        .map((forkTasks) => [task('FORK_JOIN', { forkTasks }), task('JOIN', { joinOn: [] })]),
      fc.constant([task('FORK_JOIN_DYNAMIC'), task('JOIN')]),
      tie('tasks').map((loopOver) => task('DO_WHILE', { loopOver })),
    ),
  }))
  .tasks.map((tasks) => ({ name: 'any', version: 1, tasks: named(tasks) }));

function task(type: string, more: Partial<WorkflowTask> = {}): WorkflowTask {
  return { name: type.toLowerCase(), taskReferenceName: '', type, ...more };
}

/** The same tasks with a reference name of its own for each. */
function named(tasks: WorkflowTask[]): WorkflowTask[] {
  let count = 0;
  const name = (t: WorkflowTask): WorkflowTask => {
    count++;
    return {
      ...t,
      taskReferenceName: `t${count}`,
      ...(t.forkTasks && { forkTasks: t.forkTasks.map((branch) => branch.map(name)) }),
      ...(t.loopOver && { loopOver: t.loopOver.map(name) }),
      ...(t.defaultCase && { defaultCase: t.defaultCase.map(name) }),
      ...(t.decisionCases && {
        decisionCases: Object.fromEntries(Object.entries(t.decisionCases).map(([k, v]) => [k, v.map(name)])),
      }),
    };
  };
  return tasks.map(name);
}

const anyStatus = fc.constantFrom<TaskStatus>(
  'SCHEDULED',
  'IN_PROGRESS',
  'COMPLETED',
  'FAILED',
  'TIMED_OUT',
  'CANCELED',
  'SKIPPED',
);

/** An execution with any mixture of task states, possible or not: the drawing has to bear with all of them. */
export function anyExecution(definition: WorkflowDef): fc.Arbitrary<Execution> {
  const blocks = [...walkBlocks(parseDefinition(definition))];
  return fc
    .array(fc.option(anyStatus), { minLength: blocks.length, maxLength: blocks.length })
    .map((statuses) => ({
      workflowId: 'w',
      workflowName: definition.name,
      workflowVersion: 1,
      status: 'RUNNING',
      startTime: 1,
      input: {},
      output: {},
      tasks: blocks.flatMap((block, i): Task[] => {
        const status = statuses[i];
        return status ? [record(block.task, status, i)] : [];
      }),
    }));
}

function record(def: WorkflowTask, status: TaskStatus, seq: number): Task {
  return {
    taskId: `task-${seq}`,
    taskType: def.type,
    taskDefName: def.name,
    referenceTaskName: def.taskReferenceName,
    status,
    seq,
    retryCount: 0,
    iteration: 0,
    inputData: {},
    outputData: {},
    scheduledTime: 1,
    startTime: 1,
    endTime: 2,
    updateTime: 2,
  };
}
