import type { JsonObject, WorkflowStatus } from '../../conductor/types';

/** Shapes of the data plane's API beyond definitions and executions. Times are epoch milliseconds unless told otherwise. */

export interface Info {
  version: string;
  clusterId: string;
  clusterName: string;
  organization: string;
  auth: 'none' | 'keys';
  /** Origin of the cloud console that this cluster belongs to; empty when it stands alone. */
  consoleOrigin: string;
  /** Longest life of access keys; absent: they need not end. */
  maxKeyDays?: number;
  /** Of a restored copy; absent: it does everything. */
  fence?: { id: string; clusterId?: string; takenAt: number; since: number };
}

export interface Overview {
  counts: Partial<Record<WorkflowStatus, number>>;
  queues: Queue[];
  pollData: PollData[];
}

export interface Queue {
  taskType: string;
  domain?: string;
  /** Ready to be polled. */
  depth: number;
  /** Polled and not finished. */
  inFlight: number;
  /** Polls waiting right now. */
  pollers: number;
}

export interface PollData {
  queueName: string;
  domain?: string;
  workerId?: string;
  lastPollTime: number;
}

/** One step of an execution, as it is pushed. */
export interface Change {
  workflowId: string;
  workflowName: string;
  status: WorkflowStatus;
  updateTime: number;
}

/** A row of a search. Times are ISO strings, empty while unknown. */
export interface Summary {
  workflowId: string;
  workflowType: string;
  version: number;
  correlationId?: string;
  startTime?: string;
  updateTime?: string;
  endTime?: string;
  status: WorkflowStatus;
  /** Milliseconds; 0 while it runs. */
  executionTime?: number;
  reasonForIncompletion?: string;
  failedReferenceTaskNames?: string;
  parentWorkflowId?: string;
}

/** A row of a search of tasks. Times are ISO strings, absent while unknown. */
export interface TaskSummary {
  taskId: string;
  workflowId: string;
  workflowType: string;
  referenceTaskName: string;
  taskType: string;
  scheduledTime?: string;
  correlationId?: string;
  domain?: string;
}

export interface SearchResult<T> {
  totalHits: number;
  results: T[];
}

export interface TaskLog {
  log: string;
  taskId: string;
  createdTime: number;
}

/** One version of a definition by name. */
export interface DefinitionVersion {
  name: string;
  version: number;
  createTime?: number;
  updateTime?: number;
}

/** The registered policy of a task. */
export interface TaskDef {
  name: string;
  description?: string;
  retryCount: number;
  retryLogic: string;
  retryDelaySeconds: number;
  backoffScaleFactor?: number;
  maxRetryDelaySeconds?: number;
  timeoutSeconds: number;
  timeoutPolicy: string;
  responseTimeoutSeconds: number;
  pollTimeoutSeconds?: number;
  totalTimeoutSeconds?: number;
  concurrentExecLimit?: number;
  rateLimitPerFrequency?: number;
  rateLimitFrequencyInSeconds?: number;
  inputKeys?: string[];
  outputKeys?: string[];
  inputTemplate?: JsonObject;
  inputSchema?: { data?: { required?: string[]; properties?: JsonObject } };
  ownerEmail?: string;
  createTime?: number;
  updateTime?: number;
}

/** Starts a workflow by the clock. Times are epoch milliseconds. */
export interface Schedule {
  name: string;
  description?: string;
  /** Seconds, minutes, hours, day of the month, month, day of the week. */
  cronExpression?: string;
  /** Several, each with a zone of its own, instead of the one. */
  cronSchedules?: { cronExpression: string; zoneId?: string }[];
  zoneId?: string;
  paused?: boolean;
  pausedReason?: string;
  runCatchupScheduleInstances?: boolean;
  scheduleStartTime?: number;
  scheduleEndTime?: number;
  startWorkflowRequest?: { name?: string; version?: number; input?: JsonObject; correlationId?: string };
  nextRunTime?: number;
  createTime?: number;
  updatedTime?: number;
}

/** One time that a schedule came due. */
export interface ScheduleRun {
  executionId: string;
  scheduleName: string;
  scheduledTime: number;
  executionTime?: number;
  state: 'POLLED' | 'EXECUTED' | 'FAILED';
  workflowName?: string;
  workflowId?: string;
  reason?: string;
}

/** What is done when something happens. */
export interface EventHandler {
  name: string;
  /** `provider:queue`. */
  event: string;
  condition?: string;
  evaluatorType?: string;
  active?: boolean;
  description?: string;
  actions: EventAction[];
}

export interface EventAction {
  action: string;
  expandInlineJSON?: boolean;
  start_workflow?: JsonObject;
  complete_task?: JsonObject;
  fail_task?: JsonObject;
  terminate_workflow?: JsonObject;
  update_workflow_variables?: JsonObject;
}

/** A variable of the environment that definitions can refer to. */
export interface Variable {
  name: string;
  value: string;
}

/** What a call asks of its caller, such as `workflow:read`. */
export type Permission =
  | `${'workflow' | 'taskdef' | 'schema' | 'variable' | 'event' | 'access'}:${'read' | 'write'}`
  | `execution:${'read' | 'start' | 'operate' | 'remove'}`
  | 'task:work'
  | `queue:${'read' | 'operate'}`
  | `secret:${'list' | 'read' | 'write'}`
  | `schedule:${'read' | 'write' | 'operate'}`
  | 'server:read';

/** Kinds of things that are shared one by one; a tag, `key:value`, stands for all that have it. */
export type Kind = 'WORKFLOW_DEF' | 'TASK_DEF' | 'SECRET_NAME' | 'DOMAIN' | 'TAG';

/** What may be done with a thing. */
export type Access = 'CREATE' | 'READ' | 'UPDATE' | 'EXECUTE' | 'DELETE';

/** To whom something is granted. Applications are users called `app:ID`. */
export interface Subject {
  type: 'USER' | 'GROUP' | 'ROLE';
  id: string;
}

export interface Grant {
  subject: Subject;
  target: { type: Kind; id: string };
  access: Access[];
}

/** What somebody may do, and by what. */
export interface Account {
  /** Everywhere in the cluster. */
  permissions: Permission[];
  /** `group`: by which they have it. */
  roles: { role: string; group?: string }[];
  /** To themselves, to their groups and to their roles. */
  grants: Grant[];
}

/** What the viewer may do. */
export interface Me extends Account {
  id: string;
  name: string;
  email?: string;
  /** The application whose access key this is. */
  application?: string;
  /** By the session or the access key. */
  role?: string;
  groups: string[];
  /** People's roles are given in the cloud console. */
  managed: boolean;
  /** What is allowed with some things only. */
  some: Permission[];
  /** Which these are: accesses by kind and name. */
  things: Partial<Record<Kind, Record<string, Access[]>>>;
}

/** A program that calls with access keys. */
export interface Application {
  id: string;
  name: string;
  createdBy: string;
  createTime: number;
  roles: string[];
  /** Its key is made in the cloud console, or in the server's keys file. */
  elsewhere?: boolean;
}

export interface AccessKey {
  id: string;
  createdAt: number;
  status: 'ACTIVE' | 'INACTIVE';
  lastUsedAt?: number;
  /** Absent: it does not end. */
  expiresAt?: number;
  /** How long the secret before the present one is good, too. */
  formerUntil?: number;
}

/** A secret is told once. */
export interface NewKey {
  id: string;
  secret: string;
}

export interface User {
  id: string;
  name: string;
  roles: { name: string }[];
  groups: { id: string }[];
}

export interface Group {
  id: string;
  description: string;
  roles: { name: string }[];
}
