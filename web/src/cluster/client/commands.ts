import type { JsonObject, Task } from '../../conductor/types';
import { call, tokenPath } from './call';
import type { Application, Grant, NewKey } from './types';

const id = encodeURIComponent;
const of = (workflowId: string) => `/api/workflow/${id(workflowId)}`;

/** What can be done to executions. Each throws ApiError with a message fit to be shown. */
export const commands = {
  /** Lets a restored copy do what was held back. */
  liftFence: () => call<void>('/podium/v1/fence', { method: 'DELETE' }),
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
  /** At most `maxBulk` executions in one call; one that cannot be done does not keep the others from it. */
  bulk: (action: BulkAction, ids: readonly string[], options: BulkOptions) => {
    const { method, path } = bulkCalls[action];
    return call<BulkAnswer>(`/api/workflow/bulk/${path}`, { method, body: ids, query: { ...options } });
  },
  /** Puts tasks that wait back into their queue, for those that got lost on the way; answers how many. */
  requeue: (taskType: string) => call<number>(`/api/tasks/queue/requeue/${id(taskType)}`, { method: 'POST' }),
  start: (request: StartRequest) => call<string>('/api/workflow', { method: 'POST', body: request }),
  /** Throws an ApiError with the violations when the definition would be refused. */
  validateDefinition: (definition: JsonObject, signal: AbortSignal) =>
    call<void>('/api/metadata/workflow/validate', { method: 'POST', body: definition, signal }),
  /** Without `overwrite` an existing version is left alone: ApiError 409. */
  saveDefinition: (definition: JsonObject, overwrite: boolean) =>
    call<void>('/api/metadata/workflow', { method: 'POST', body: definition, query: { overwrite } }),
  deleteDefinition: (name: string, version: number) =>
    call<void>(`/api/metadata/workflow/${id(name)}/${version}`, { method: 'DELETE' }),
  /** Registers a task definition; one of its name is replaced. */
  addTaskDefinition: (definition: JsonObject) =>
    call<void>('/api/metadata/taskdefs', { method: 'POST', body: [definition] }),
  updateTaskDefinition: (definition: JsonObject) =>
    call<void>('/api/metadata/taskdefs', { method: 'PUT', body: definition }),
  deleteTaskDefinition: (name: string) =>
    call<void>(`/api/metadata/taskdefs/${id(name)}`, { method: 'DELETE' }),
  /** Registers a schedule, or replaces the one of its name. */
  saveSchedule: (schedule: JsonObject) =>
    call<unknown>('/api/scheduler/schedules', { method: 'POST', body: schedule }),
  deleteSchedule: (name: string) =>
    call<unknown>(`/api/scheduler/schedules/${id(name)}`, { method: 'DELETE' }),
  pauseSchedule: (name: string, reason: string) =>
    call<unknown>(`/api/scheduler/schedules/${id(name)}/pause`, {
      method: 'PUT',
      query: { reason: reason || undefined },
    }),
  resumeSchedule: (name: string) =>
    call<unknown>(`/api/scheduler/schedules/${id(name)}/resume`, { method: 'PUT' }),
  addEventHandler: (handler: JsonObject) => call<void>('/api/event', { method: 'POST', body: handler }),
  updateEventHandler: (handler: JsonObject) => call<void>('/api/event', { method: 'PUT', body: handler }),
  deleteEventHandler: (name: string) => call<void>(`/api/event/${id(name)}`, { method: 'DELETE' }),
  // Values are sent as JSON texts: sent bare, one in quotes would lose them.
  putSecret: (name: string, value: string) =>
    call<unknown>(`/api/secrets/${id(name)}`, { method: 'PUT', body: value }),
  deleteSecret: (name: string) => call<unknown>(`/api/secrets/${id(name)}`, { method: 'DELETE' }),
  putVariable: (name: string, value: string) =>
    call<unknown>(`/api/environment/${id(name)}`, { method: 'PUT', body: value }),
  deleteVariable: (name: string) => call<unknown>(`/api/environment/${id(name)}`, { method: 'DELETE' }),
  createApplication: (name: string) =>
    call<Application>('/api/applications', { method: 'POST', body: { name } }),
  renameApplication: (application: string, name: string) =>
    call<Application>(`/api/applications/${id(application)}`, { method: 'PUT', body: { name } }),
  deleteApplication: (application: string) =>
    call<unknown>(`/api/applications/${id(application)}`, { method: 'DELETE' }),
  addRole: (application: string, role: string) =>
    call<unknown>(`/api/applications/${id(application)}/roles/${role}`, { method: 'POST' }),
  removeRole: (application: string, role: string) =>
    call<unknown>(`/api/applications/${id(application)}/roles/${role}`, { method: 'DELETE' }),
  /** `expiresInDays` 0: it does not end. */
  createKey: (application: string, expiresInDays: number) =>
    call<NewKey>(`/api/applications/${id(application)}/accessKeys`, {
      method: 'POST',
      body: { expiresInDays },
    }),
  /** The present secret stays good for `graceHours`. */
  rotateKey: (application: string, key: string, graceHours: number, expiresInDays: number) =>
    call<NewKey>(`/api/applications/${id(application)}/accessKeys/${id(key)}/rotate`, {
      method: 'POST',
      body: { graceHours, expiresInDays },
    }),
  /** Pauses a key, or lets a paused one in again. */
  toggleKey: (application: string, key: string) =>
    call<unknown>(`/api/applications/${id(application)}/accessKeys/${id(key)}/status`, { method: 'POST' }),
  deleteKey: (application: string, key: string) =>
    call<unknown>(`/api/applications/${id(application)}/accessKeys/${id(key)}`, { method: 'DELETE' }),
  grant: (grant: Grant) => call<unknown>('/api/auth/authorization', { method: 'POST', body: grant }),
  revoke: (grant: Grant) => call<unknown>('/api/auth/authorization', { method: 'DELETE', body: grant }),
  saveGroup: (group: string, description: string) =>
    call<unknown>(`/api/groups/${id(group)}`, { method: 'PUT', body: { description, roles: [] } }),
  deleteGroup: (group: string) => call<unknown>(`/api/groups/${id(group)}`, { method: 'DELETE' }),
  joinGroup: (group: string, user: string) =>
    call<unknown>(`/api/groups/${id(group)}/users/${id(user)}`, { method: 'POST' }),
  leaveGroup: (group: string, user: string) =>
    call<unknown>(`/api/groups/${id(group)}/users/${id(user)}`, { method: 'DELETE' }),
  /** A token for an access key. */
  token: (keyId: string, keySecret: string) =>
    call<{ token: string }>(tokenPath, { method: 'POST', body: { keyId, keySecret } }),
};

/** How many executions one call may name. */
export const maxBulk = 1000;

export type BulkAction = 'pause' | 'resume' | 'retry' | 'restart' | 'terminate' | 'remove';

const bulkCalls: Record<BulkAction, { method: 'PUT' | 'POST'; path: string }> = {
  pause: { method: 'PUT', path: 'pause' },
  resume: { method: 'PUT', path: 'resume' },
  retry: { method: 'POST', path: 'retry' },
  restart: { method: 'POST', path: 'restart' },
  terminate: { method: 'POST', path: 'terminate' },
  // Not a DELETE: some proxies drop its body.
  remove: { method: 'POST', path: 'delete' },
};

export interface BulkOptions {
  /** Of terminate. */
  reason?: string;
  /** Of restart. */
  useLatestDefinitions?: boolean;
}

export interface BulkAnswer {
  /** Why, by execution. */
  bulkErrorResults: Record<string, string>;
  bulkSuccessfulResults: string[];
}

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
