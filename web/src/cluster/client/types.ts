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
  ownerEmail?: string;
  createTime?: number;
  updateTime?: number;
}
