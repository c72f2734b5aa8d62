import type { Json, JsonObject, WorkflowDef } from '../conductor/types';

/** Values that the server fills in when they are absent: without them a definition reads as people write it. */
const definitionDefaults: JsonObject = {
  restartable: true,
  enforceSchema: true,
  workflowStatusListenerEnabled: false,
  timeoutPolicy: 'ALERT_ONLY',
  timeoutSeconds: 0,
  outputParameters: {},
  inputParameters: [],
  variables: {},
  inputTemplate: {},
  metadata: {},
  maskedFields: [],
};

const taskDefaults: JsonObject = {
  inputParameters: {},
  decisionCases: {},
  defaultCase: [],
  forkTasks: [],
  joinOn: [],
  defaultExclusiveJoinTask: [],
  loopOver: [],
  onStateChange: {},
  metadata: {},
  startDelay: 0,
  optional: false,
  asyncComplete: false,
  permissive: false,
};

/** What the server notes by itself. */
const trail = ['createTime', 'updateTime', 'createdBy', 'updatedBy'];

/** A definition as one would write it: without what the server notes by itself, and without what it would fill in. */
export function tidyDefinition(definition: WorkflowDef): JsonObject {
  const { tasks, ...rest } = definition as unknown as JsonObject & { tasks: Json };
  const { name, version, description, ...others } = without(rest, definitionDefaults);
  return Object.fromEntries(
    Object.entries({ name, version, description, ...others, tasks: tidyTasks(tasks) }).filter(
      ([key, value]) => value !== undefined && !trail.includes(key),
    ),
  );
}

/** The text that an editor begins with. */
export function definitionText(definition: WorkflowDef): string {
  return `${JSON.stringify(tidyDefinition(definition), null, 2)}\n`;
}

function tidyTasks(tasks: Json | undefined): Json {
  return Array.isArray(tasks) ? tasks.map((task) => (isObject(task) ? tidyTask(task) : task)) : [];
}

function tidyTask(task: JsonObject): JsonObject {
  const tidy = without(task, taskDefaults);
  for (const key of ['defaultCase', 'loopOver']) if (key in tidy) tidy[key] = tidyTasks(tidy[key]);
  if (Array.isArray(tidy.forkTasks)) tidy.forkTasks = tidy.forkTasks.map(tidyTasks);
  if (isObject(tidy.decisionCases)) {
    tidy.decisionCases = Object.fromEntries(
      Object.entries(tidy.decisionCases).map(([value, body]) => [value, tidyTasks(body)]),
    );
  }
  return tidy;
}

function without(value: JsonObject, defaults: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([key, each]) => JSON.stringify(each) !== JSON.stringify(defaults[key])),
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
