import type { WorkflowDef, WorkflowTask } from '../conductor/types';

/** A place where a workflow definition uses a task definition. */
export interface Use {
  workflow: string;
  version: number;
  reference: string;
}

/** Where tasks of a name stand in definitions. */
export function usesOf(taskName: string, definitions: readonly WorkflowDef[]): Use[] {
  return definitions
    .flatMap((definition) =>
      [...everyTask(definition.tasks)]
        .filter((task) => task.name === taskName)
        .map((task) => ({
          workflow: definition.name,
          version: definition.version,
          reference: task.taskReferenceName,
        })),
    )
    .sort((a, b) => a.workflow.localeCompare(b.workflow));
}

function* everyTask(tasks: readonly WorkflowTask[]): Generator<WorkflowTask> {
  for (const task of tasks) {
    yield task;
    const inner = [
      ...Object.values(task.decisionCases ?? {}),
      task.defaultCase ?? [],
      ...(task.forkTasks ?? []),
      task.loopOver ?? [],
    ];
    for (const list of inner) yield* everyTask(list);
  }
}
