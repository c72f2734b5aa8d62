import type { Json, JsonObject, WorkflowDef, WorkflowTask } from '../conductor/types';

/** A definition while it is being written. */
export interface Draft {
  /** What the text says; undefined while it is no JSON object. */
  value: JsonObject | undefined;
  /** As much of it as can be drawn. */
  drawable: WorkflowDef | undefined;
}

export function readDraft(text: string): Draft {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return { value: undefined, drawable: undefined };
  }
  if (!isObject(value)) return { value: undefined, drawable: undefined };
  return { value, drawable: drawable(value) };
}

/** The definition without what is not of the right kind, so that a drawing can rely on its types. */
function drawable(value: JsonObject): WorkflowDef {
  return {
    ...(value as unknown as WorkflowDef),
    name: typeof value.name === 'string' ? value.name : '',
    version: typeof value.version === 'number' ? value.version : 1,
    tasks: tasks(value.tasks),
  };
}

function tasks(value: Json | undefined): WorkflowTask[] {
  return Array.isArray(value) ? value.filter(isObject).map(task) : [];
}

/** Fields that a drawing reads as texts. */
const texts = [
  'description',
  'expression',
  'caseValueParam',
  'caseExpression',
  'loopCondition',
  'dynamicForkTasksParam',
] as const;

function task(value: JsonObject): WorkflowTask {
  const name = text(value.name);
  const reference = text(value.taskReferenceName);
  const kept = { ...value };
  for (const key of texts) if (typeof kept[key] !== 'string') delete kept[key];
  return {
    ...(kept as unknown as WorkflowTask),
    name: name || reference || 'unnamed',
    taskReferenceName: reference || name || 'unnamed',
    type: text(value.type) || 'SIMPLE',
    inputParameters: isObject(value.inputParameters) ? value.inputParameters : {},
    decisionCases: isObject(value.decisionCases)
      ? Object.fromEntries(Object.entries(value.decisionCases).map(([key, body]) => [key, tasks(body)]))
      : {},
    defaultCase: tasks(value.defaultCase),
    forkTasks: Array.isArray(value.forkTasks) ? value.forkTasks.map(tasks) : [],
    loopOver: tasks(value.loopOver),
    joinOn: names(value.joinOn),
    defaultExclusiveJoinTask: names(value.defaultExclusiveJoinTask),
    subWorkflowParam: subWorkflow(value.subWorkflowParam),
  };
}

function subWorkflow(value: Json | undefined): NonNullable<WorkflowTask['subWorkflowParam']> {
  if (!isObject(value)) return {};
  return {
    ...(typeof value.name === 'string' && { name: value.name }),
    ...(typeof value.version === 'number' && { version: value.version }),
    ...(isObject(value.workflowDefinition) && { workflowDefinition: drawable(value.workflowDefinition) }),
    ...(typeof value.workflowDefinition === 'string' && { workflowDefinition: value.workflowDefinition }),
  };
}

function names(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The path of a task in the text, such as `tasks[1].forkTasks[0][2]`; undefined when there is none. */
export function pathOfTask(definition: WorkflowDef, reference: string): string | undefined {
  return find('tasks', definition.tasks, reference);
}

function find(path: string, list: readonly WorkflowTask[], reference: string): string | undefined {
  for (const [i, each] of list.entries()) {
    const own = `${path}[${i}]`;
    if (each.taskReferenceName === reference) return own;
    const inner: [string, readonly WorkflowTask[]][] = [
      ...Object.entries(each.decisionCases ?? {}).map(([value, body]): [string, WorkflowTask[]] => [
        `${own}.decisionCases.${value}`,
        body,
      ]),
      [`${own}.defaultCase`, each.defaultCase ?? []],
      ...(each.forkTasks ?? []).map((branch, n): [string, WorkflowTask[]] => [
        `${own}.forkTasks[${n}]`,
        branch,
      ]),
      [`${own}.loopOver`, each.loopOver ?? []],
    ];
    for (const [at, body] of inner) {
      const found = find(at, body, reference);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
