import type { Field, Shape, Template } from './shape';

const text: Shape = { kind: 'text' };
const number: Shape = { kind: 'number' };
const yesNo: Shape = { kind: 'boolean' };
const any: Shape = { kind: 'any' };
const texts: Shape = { kind: 'list', of: text };
const values: Shape = { kind: 'map', of: any };
const oneOf = (...options: string[]): Shape => ({ kind: 'text', values: options });
const object = (fields: Record<string, Field>): Shape => ({ kind: 'object', fields: () => fields });
const field = (shape: Shape, info: string): Field => ({ shape, info });

const taskTypes = [
  'SIMPLE',
  'HTTP',
  'INLINE',
  'JSON_JQ_TRANSFORM',
  'SET_VARIABLE',
  'SWITCH',
  'FORK_JOIN',
  'FORK_JOIN_DYNAMIC',
  'JOIN',
  'EXCLUSIVE_JOIN',
  'DO_WHILE',
  'DYNAMIC',
  'SUB_WORKFLOW',
  'START_WORKFLOW',
  'WAIT',
  'YIELD',
  'HUMAN',
  'EVENT',
  'TERMINATE',
  'NOOP',
];

const template = (name: string, info: string, body: string): Template => ({
  name,
  info,
  text: `{\n\t"name": "#{${name}}",\n\t"taskReferenceName": "#{${name}_ref}",\n\t"type": "${body}\n}`,
});

/** Tasks to begin with, by what they are for. */
export const taskTemplates: readonly Template[] = [
  template('worker', 'A task that a worker does', 'SIMPLE",\n\t"inputParameters": {#{}}'),
  template(
    'http',
    'Calls an HTTP address',
    'HTTP",\n\t"inputParameters": {\n\t\t"http_request": { "method": "#{GET}", "uri": "#{https://example.com}" }\n\t}',
  ),
  template(
    'inline',
    'A few lines of JavaScript',
    'INLINE",\n\t"inputParameters": {\n\t\t"evaluatorType": "javascript",\n\t\t"expression": "#{$.a + $.b}"\n\t}',
  ),
  template(
    'switch',
    'Goes one of several ways',
    'SWITCH",\n\t"evaluatorType": "value-param",\n\t"expression": "way",\n\t"inputParameters": { "way": "#{}" },\n\t"decisionCases": {\n\t\t"#{case}": []\n\t},\n\t"defaultCase": []',
  ),
  {
    name: 'fork',
    info: 'Branches side by side, and the join that waits for them',
    text: '{\n\t"name": "#{fork}",\n\t"taskReferenceName": "#{fork_ref}",\n\t"type": "FORK_JOIN",\n\t"forkTasks": [[#{}], [#{}]]\n},\n{\n\t"name": "join",\n\t"taskReferenceName": "#{join_ref}",\n\t"type": "JOIN",\n\t"joinOn": []\n}',
  },
  {
    name: 'dynamic fork',
    info: 'As many branches as the input says, and the join that waits for them',
    text: '{\n\t"name": "#{fork}",\n\t"taskReferenceName": "#{fork_ref}",\n\t"type": "FORK_JOIN_DYNAMIC",\n\t"dynamicForkTasksParam": "tasks",\n\t"dynamicForkTasksInputParamName": "inputs",\n\t"inputParameters": { "tasks": "#{}", "inputs": "#{}" }\n},\n{\n\t"name": "join",\n\t"taskReferenceName": "#{join_ref}",\n\t"type": "JOIN"\n}',
  },
  template(
    'loop',
    'Repeats while a condition holds',
    'DO_WHILE",\n\t"loopCondition": "if ($.loop[\'iteration\'] < #{3}) { true; } else { false; }",\n\t"loopOver": [#{}]',
  ),
  template(
    'sub_workflow',
    'Runs another workflow and waits for it',
    'SUB_WORKFLOW",\n\t"subWorkflowParam": { "name": "#{}" }',
  ),
  template(
    'wait',
    'Waits for a time or a signal',
    'WAIT",\n\t"inputParameters": { "duration": "#{10 seconds}" }',
  ),
  template('human', 'Waits for a person', 'HUMAN"'),
  template(
    'set_variable',
    'Keeps values for later',
    'SET_VARIABLE",\n\t"inputParameters": { "#{name}": "#{}" }',
  ),
  template(
    'terminate',
    'Ends the workflow here',
    'TERMINATE",\n\t"inputParameters": { "terminationStatus": "#{COMPLETED}", "terminationReason": "#{}" }',
  ),
];

const subWorkflow: Shape = object({
  name: field(text, 'The definition to run'),
  version: field(number, 'Its version; without one the latest'),
  taskToDomain: field({ kind: 'map', of: text }, 'Task name to the domain of its workers'),
  workflowDefinition: field(
    any,
    'A definition of its own instead of a name, or an expression that yields one',
  ),
});

const task: Shape = {
  kind: 'object',
  fields: () => taskFields,
};

const tasks: Shape = { kind: 'list', of: task, templates: taskTemplates, catalog: true };

const taskFields: Record<string, Field> = {
  name: field(text, 'Names the task definition; workers poll for it'),
  taskReferenceName: field(text, 'Unique in the definition; other tasks refer to it'),
  type: field(oneOf(...taskTypes), 'What the task does'),
  description: field(text, 'For people'),
  inputParameters: field(
    values,
    'What the task gets; expressions such as ${workflow.input.name} are filled in',
  ),
  optional: field(yesNo, 'The workflow goes on when the task fails'),
  permissive: field(yesNo, 'A failure counts only when its join is reached'),
  asyncComplete: field(yesNo, 'Stays open until it is completed from outside'),
  startDelay: field(number, 'Seconds before the first attempt'),
  retryCount: field(number, 'How often it is tried again; instead of its definition’s'),
  evaluatorType: field(oneOf('value-param', 'javascript', 'graaljs'), 'How the expression is read'),
  expression: field(text, 'Selects the case of a switch'),
  decisionCases: field({ kind: 'map', of: tasks }, 'Value to the tasks of that way'),
  defaultCase: field(tasks, 'The way when no case fits'),
  forkTasks: field({ kind: 'list', of: tasks }, 'The branches, each a list of tasks'),
  joinOn: field(texts, 'Reference names to wait for; empty: all branches of its fork'),
  defaultExclusiveJoinTask: field(texts, 'What to take when none of joinOn ran'),
  loopCondition: field(text, 'JavaScript; the loop goes on while it is true'),
  loopOver: field(tasks, 'The tasks of one iteration'),
  items: field(any, 'A list to go through instead of a condition'),
  subWorkflowParam: field(subWorkflow, 'What a sub-workflow runs'),
  dynamicTaskNameParam: field(text, 'The input that names the task to run'),
  dynamicForkTasksParam: field(text, 'The input that lists the tasks of the branches'),
  dynamicForkTasksInputParamName: field(text, 'The input that holds their inputs by reference name'),
  dynamicForkJoinTasksParam: field(text, 'The input that lists branches with their inputs'),
  caseValueParam: field(text, 'Of DECISION: the input that selects the case'),
  caseExpression: field(text, 'Of DECISION: JavaScript that selects the case'),
  scriptExpression: field(text, 'Of LAMBDA: the script'),
  sink: field(text, 'Where an EVENT goes'),
  joinStatus: field(text, 'The status a join waits for'),
  joinMode: field(oneOf('SYNC', 'ASYNC'), 'How a join is evaluated'),
  taskDefinition: field(any, 'A task definition for this task alone'),
  rateLimited: field(yesNo, 'Whether the task definition’s rate limit applies'),
  onStateChange: field(any, 'Events at changes of state'),
  cacheConfig: field(any, 'How long its output may be reused'),
  metadata: field(values, 'Free values for your own tools'),
};

export const definitionShape: Shape = object({
  name: field(text, 'By it the workflow is started'),
  description: field(text, 'For people'),
  version: field(number, 'From 1; name and version together are the identity'),
  tasks: field(tasks, 'What is done, in order'),
  inputParameters: field(texts, 'Names of the inputs, for people and the run form'),
  inputTemplate: field(values, 'Inputs that are used when a start gives none'),
  outputParameters: field(values, 'The output; expressions are filled in'),
  variables: field(values, 'Initial values of variables'),
  failureWorkflow: field(text, 'The workflow that runs when this one fails'),
  failureWorkflowVersion: field(number, 'Its version; without one the latest'),
  schemaVersion: field(number, 'Always 2'),
  restartable: field(yesNo, 'Whether ended executions may be restarted'),
  ownerEmail: field(text, 'Whom to ask'),
  timeoutPolicy: field(oneOf('TIME_OUT_WF', 'ALERT_ONLY'), 'What happens at the timeout'),
  timeoutSeconds: field(number, '0: none'),
  workflowStatusListenerEnabled: field(yesNo, 'Whether changes of status are published'),
  workflowStatusListenerSink: field(text, 'Where to'),
  rateLimitConfig: field(
    object({
      rateLimitKey: field(text, 'Executions with the same key share the limit'),
      concurrentExecLimit: field(number, 'How many run at the same time'),
      policy: field(oneOf('QUEUE', 'REJECT'), 'What happens to one more'),
    }),
    'How many executions run at the same time',
  ),
  inputSchema: field(any, 'Schema of the input'),
  outputSchema: field(any, 'Schema of the output'),
  enforceSchema: field(yesNo, 'Whether the schemas are enforced'),
  metadata: field(values, 'Free values for your own tools'),
  cacheConfig: field(any, 'How long an output may be reused'),
  maskedFields: field(texts, 'Fields whose values are not shown'),
  ownerApp: field(text, 'The application that owns it'),
  createTime: field(number, 'Set by the server'),
  updateTime: field(number, 'Set by the server'),
  createdBy: field(text, 'Set by the server'),
  updatedBy: field(text, 'Set by the server'),
});

export const taskDefinitionShape: Shape = object({
  name: field(text, 'The task that this is the policy of'),
  description: field(text, 'For people'),
  retryCount: field(number, 'How often a failed attempt is tried again'),
  retryLogic: field(oneOf('FIXED', 'EXPONENTIAL_BACKOFF', 'LINEAR_BACKOFF'), 'How the delays grow'),
  retryDelaySeconds: field(number, 'Before the first retry'),
  backoffScaleFactor: field(number, 'Factor of LINEAR_BACKOFF'),
  maxRetryDelaySeconds: field(number, 'No delay is longer; 0: no bound'),
  backoffJitterMs: field(number, 'Random addition to each delay'),
  timeoutSeconds: field(number, 'Per attempt, from its start; 0: none'),
  timeoutPolicy: field(oneOf('RETRY', 'TIME_OUT_WF', 'ALERT_ONLY'), 'What happens at a timeout'),
  responseTimeoutSeconds: field(number, 'How long a worker may be silent'),
  pollTimeoutSeconds: field(number, 'How long it may wait for a worker'),
  totalTimeoutSeconds: field(number, 'All attempts together; 0: none'),
  concurrentExecLimit: field(number, 'How many are worked on at the same time'),
  rateLimitPerFrequency: field(number, 'How many are handed out per period; 0: no limit'),
  rateLimitFrequencyInSeconds: field(number, 'The period'),
  inputKeys: field(texts, 'Names of inputs, for people'),
  outputKeys: field(texts, 'Names of outputs, for people'),
  inputTemplate: field(values, 'Inputs that are used when the task gives none'),
  runtimeMetadata: field(texts, 'Names of secrets and environment variables that workers get'),
  ownerEmail: field(text, 'Whom to ask'),
  ownerApp: field(text, 'The application that owns it'),
  isolationGroupId: field(text, 'Workers of a group of their own'),
  executionNameSpace: field(text, 'Workers of a name space of their own'),
  baseType: field(text, 'The type that this one builds on'),
  taskStatusListenerEnabled: field(yesNo, 'Whether changes of status are published'),
  inputSchema: field(any, 'Schema of the input'),
  outputSchema: field(any, 'Schema of the output'),
  enforceSchema: field(yesNo, 'Whether the schemas are enforced'),
  createTime: field(number, 'Set by the server'),
  updateTime: field(number, 'Set by the server'),
  createdBy: field(text, 'Set by the server'),
  updatedBy: field(text, 'Set by the server'),
});

const actions = [
  'start_workflow',
  'complete_task',
  'fail_task',
  'terminate_workflow',
  'update_workflow_variables',
];

const endOfTask: Shape = object({
  workflowId: field(text, 'The execution'),
  taskRefName: field(text, 'The task by its reference name'),
  taskId: field(text, 'The task by its id, instead'),
  output: field(values, 'What the task gives back'),
  reasonForIncompletion: field(text, 'Why it failed'),
});

export const eventHandlerShape: Shape = object({
  name: field(text, 'Unique among event handlers'),
  event: field(text, 'What it listens to, such as kafka:orders or conductor:order_flow:paid'),
  condition: field(text, 'An expression over the event; without one every event is handled'),
  evaluatorType: field(oneOf('javascript', 'graaljs', 'value-param'), 'How the condition is read'),
  active: field(yesNo, 'Whether it listens'),
  description: field(text, 'For people'),
  actions: field(
    {
      kind: 'list',
      templates: [
        {
          name: 'start_workflow',
          info: 'Starts an execution',
          text: '{\n\t"action": "start_workflow",\n\t"start_workflow": {\n\t\t"name": "#{}",\n\t\t"input": {#{}}\n\t}\n}',
        },
        {
          name: 'complete_task',
          info: 'Completes a waiting task',
          text: '{\n\t"action": "complete_task",\n\t"complete_task": {\n\t\t"workflowId": "#{}",\n\t\t"taskRefName": "#{}",\n\t\t"output": {#{}}\n\t}\n}',
        },
      ],
      of: object({
        action: field(oneOf(...actions), 'What is done'),
        expandInlineJSON: field(yesNo, 'Texts of the event that hold JSON are read as such'),
        start_workflow: field(
          object({
            name: field(text, 'The definition'),
            version: field(number, 'Its version; without one the latest'),
            correlationId: field(text, 'Your own name for what it is about'),
            input: field(values, 'Its input; expressions refer to the event'),
            taskToDomain: field({ kind: 'map', of: text }, 'Task name to the domain of its workers'),
          }),
          'Of the action start_workflow',
        ),
        complete_task: field(endOfTask, 'Of the action complete_task'),
        fail_task: field(endOfTask, 'Of the action fail_task'),
        terminate_workflow: field(
          object({
            workflowId: field(text, 'The execution'),
            terminationReason: field(text, 'Why'),
          }),
          'Of the action terminate_workflow',
        ),
        update_workflow_variables: field(
          object({
            workflowId: field(text, 'The execution'),
            variables: field(values, 'The new values'),
            appendArray: field(yesNo, 'Lists are appended to, not replaced'),
          }),
          'Of the action update_workflow_variables',
        ),
      }),
    },
    'What is done at an event, all of it',
  ),
});

export const scheduleShape: Shape = object({
  name: field(text, 'Unique among schedules'),
  description: field(text, 'For people'),
  cronExpression: field(text, 'Seconds, minutes, hours, day of the month, month, day of the week'),
  zoneId: field(text, 'The time zone of the expression, such as Europe/Berlin'),
  cronSchedules: field(
    {
      kind: 'list',
      of: object({
        cronExpression: field(text, 'Seconds, minutes, hours, day of the month, month, day of the week'),
        zoneId: field(text, 'Its time zone'),
      }),
    },
    'Several expressions instead of the one',
  ),
  startWorkflowRequest: field(
    object({
      name: field(text, 'The definition'),
      version: field(number, 'Its version; without one the latest'),
      input: field(values, 'Its input'),
      correlationId: field(text, 'Your own name for what it is about'),
      priority: field(number, '0 to 99; higher ones are handed out first'),
      taskToDomain: field({ kind: 'map', of: text }, 'Task name to the domain of its workers'),
      idempotencyKey: field(text, 'Starts with the same key are one'),
      idempotencyStrategy: field(
        oneOf('FAIL', 'RETURN_EXISTING', 'FAIL_ON_RUNNING'),
        'What a second start does',
      ),
    }),
    'What is started',
  ),
  paused: field(yesNo, 'Whether it rests'),
  pausedReason: field(text, 'Why it rests'),
  runCatchupScheduleInstances: field(yesNo, 'Whether missed times are made up for'),
  scheduleStartTime: field(number, 'Not before, in epoch milliseconds'),
  scheduleEndTime: field(number, 'Not after, in epoch milliseconds'),
  createdBy: field(text, 'Set by the server'),
  updatedBy: field(text, 'Set by the server'),
});
