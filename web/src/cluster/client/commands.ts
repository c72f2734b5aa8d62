import type { JsonObject, Task } from '../../conductor/types';
import { call, tokenPath } from './call';

const id = encodeURIComponent;
const of = (workflowId: string) => `/api/workflow/${id(workflowId)}`;

/** What can be done to executions. Each throws ApiError with a message fit to be shown. */
export const commands = {
  pause: (workflowId: string) => call<void>(`${of(workflowId)}/pause`, { method: 'PUT' }),
  resume: (workflowId: string) => call<void>(`${of(workflowId)}/resume`, { method: 'PUT' }),
  terminate: (workflowId: string, reason: string) =>
    call<void>(of(workflowId), { method: 'DELETE', query: { reason: reason || undefined } }),
  /** Goes on from the tasks that failed. */
  retry: (workflowId: string, resumeSubworkflowTasks: boolean) =>
    call<void>(`${of(workflowId)}/retry`, { method: 'POST', query: { resumeSubworkflowTasks } }),
  /** Starts over under the same id. */
  restart: (workflowId: string, useLatestDefinitions: boolean) =>
    call<void>(`${of(workflowId)}/restart`, { method: 'POST', query: { useLatestDefinitions } }),
  rerunFrom: (workflowId: string, taskId: string, taskInput: JsonObject | undefined) =>
    call<string>(`${of(workflowId)}/rerun`, {
      method: 'POST',
      body: { reRunFromTaskId: taskId, ...(taskInput && { taskInput }) },
    }),
  skip: (workflowId: string, reference: string, taskOutput: JsonObject) =>
    call<void>(`${of(workflowId)}/skiptask/${id(reference)}`, { method: 'PUT', body: { taskOutput } }),
  /** Ends an open task from outside, as a worker would. */
  endTask: (task: Task, workflowId: string, end: TaskEnd) =>
    call<string>('/api/tasks', {
      method: 'POST',
      body: { workflowInstanceId: workflowId, taskId: task.taskId, workerId: 'console', ...end },
    }),
  start: (request: StartRequest) => call<string>('/api/workflow', { method: 'POST', body: request }),
  /** A token for an access key. */
  token: (keyId: string, keySecret: string) =>
    call<{ token: string }>(tokenPath, { method: 'POST', body: { keyId, keySecret } }),
};

export interface TaskEnd {
  status: 'COMPLETED' | 'FAILED' | 'FAILED_WITH_TERMINAL_ERROR';
  outputData: JsonObject;
  reasonForIncompletion?: string;
}

export interface StartRequest {
  name: string;
  version?: number;
  correlationId?: string;
  input: JsonObject;
}
