/**
 * Shapes of Conductor's HTTP API, as far as the consoles read and write them. Times are epoch milliseconds unless a
 * field says otherwise; 0 or an absent field means "not yet".
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

export const workflowStatuses = [
  'RUNNING',
  'PAUSED',
  'COMPLETED',
  'FAILED',
  'TIMED_OUT',
  'TERMINATED',
] as const;

export type WorkflowStatus = (typeof workflowStatuses)[number];

export type TaskStatus =
  | 'SCHEDULED'
  | 'IN_PROGRESS'
  | 'COMPLETED'
  | 'COMPLETED_WITH_ERRORS'
  | 'FAILED'
  | 'FAILED_WITH_TERMINAL_ERROR'
  | 'TIMED_OUT'
  | 'CANCELED'
  | 'SKIPPED';

/** Whether an execution in this state has ended. */
export function workflowEnded(status: WorkflowStatus): boolean {
  return status !== 'RUNNING' && status !== 'PAUSED';
}

/** Whether an attempt in this state has ended. */
export function taskEnded(status: TaskStatus): boolean {
  return status !== 'SCHEDULED' && status !== 'IN_PROGRESS';
}

/** A workflow definition. Its identity is (name, version). */
export interface WorkflowDef {
  name: string;
  version: number;
  description?: string;
  tasks: WorkflowTask[];
  inputParameters?: string[];
  outputParameters?: JsonObject;
  inputTemplate?: JsonObject;
  variables?: JsonObject;
  failureWorkflow?: string;
  restartable?: boolean;
  ownerEmail?: string;
  timeoutPolicy?: string;
  timeoutSeconds?: number;
  schemaVersion?: number;
  createTime?: number;
  updateTime?: number;
}

/** One task of a definition. Which fields matter depends on `type`. */
export interface WorkflowTask {
  name: string;
  taskReferenceName: string;
  type: string;
  description?: string;
  inputParameters?: JsonObject;
  optional?: boolean;
  permissive?: boolean;
  startDelay?: number;
  retryCount?: number;
  evaluatorType?: string;
  expression?: string;
  caseValueParam?: string;
  caseExpression?: string;
  decisionCases?: Record<string, WorkflowTask[]>;
  defaultCase?: WorkflowTask[];
  forkTasks?: WorkflowTask[][];
  joinOn?: string[];
  defaultExclusiveJoinTask?: string[];
  dynamicTaskNameParam?: string;
  dynamicForkTasksParam?: string;
  dynamicForkTasksInputParamName?: string;
  dynamicForkJoinTasksParam?: string;
  loopCondition?: string;
  loopOver?: WorkflowTask[];
  items?: Json;
  subWorkflowParam?: SubWorkflowParams;
}

export interface SubWorkflowParams {
  name?: string;
  version?: number;
  /** A definition, or an expression that yields one. */
  workflowDefinition?: WorkflowDef | string;
}

/** One run of a definition, with every attempt and iteration of its tasks ordered by `seq`. */
export interface Execution {
  workflowId: string;
  workflowName: string;
  workflowVersion: number;
  status: WorkflowStatus;
  createTime?: number;
  startTime: number;
  updateTime?: number;
  endTime?: number;
  lastRetriedTime?: number;
  parentWorkflowId?: string;
  parentWorkflowTaskId?: string;
  reRunFromWorkflowId?: string;
  correlationId?: string;
  reasonForIncompletion?: string;
  priority?: number;
  createdBy?: string;
  event?: string;
  idempotencyKey?: string;
  input: JsonObject;
  output: JsonObject;
  variables?: JsonObject;
  taskToDomain?: Record<string, string>;
  failedReferenceTaskNames?: string[];
  tasks: Task[];
  workflowDefinition?: WorkflowDef;
}

/** One attempt of one task of an execution. */
export interface Task {
  taskId: string;
  taskType: string;
  taskDefName: string;
  referenceTaskName: string;
  status: TaskStatus;
  seq: number;
  retryCount: number;
  iteration: number;
  inputData: JsonObject;
  outputData: JsonObject;
  scheduledTime: number;
  startTime: number;
  endTime: number;
  updateTime: number;
  queueWaitTime?: number;
  callbackAfterSeconds?: number;
  startDelayInSeconds?: number;
  responseTimeoutSeconds?: number;
  pollCount?: number;
  workerId?: string;
  domain?: string;
  retried?: boolean;
  retriedTaskId?: string;
  executed?: boolean;
  reasonForIncompletion?: string;
  subWorkflowId?: string;
  workflowInstanceId?: string;
  workflowTask?: WorkflowTask;
}
