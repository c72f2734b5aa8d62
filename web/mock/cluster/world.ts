import type { Info, Me, Overview, Summary, TaskDef, TaskLog } from '../../src/cluster/client/types.ts';
import type { Execution, JsonObject, Task, WorkflowDef, WorkflowStatus } from '../../src/conductor/types.ts';
import { taskEnded, workflowEnded } from '../../src/conductor/types.ts';
import { Directory, me } from './access.ts';
import { definitions } from './definitions.ts';
import { executions } from './executions.ts';
import { Refusal } from './refusal.ts';
import { Registry } from './registry.ts';
import { Run } from './run.ts';

/**
 * A data plane in memory: enough of one to look at every page and to press every button. It does not run workflows; only
 * the execution that is encoding makes progress, one task at a time.
 */
export class World {
  readonly info: Info;
  readonly definitions: WorkflowDef[];
  /** Schedules, event handlers, secrets and the environment. */
  readonly registry: Registry;
  /** Applications, people, groups and grants. */
  readonly directory: Directory;
  /** What whoever calls may do; it is told, and kept where `forbidden` says so. */
  me: Me;
  /** Calls that are refused with 403, by method and path. */
  forbidden: RegExp | undefined;
  taskDefs: TaskDef[];
  readonly executions = new Map<string, Execution>();
  /** Whether changes are told: a stream is refused for now where not. */
  streams = true;
  readonly watchers = new Set<(execution: Execution) => void>();
  private started = 0;

  constructor(options: {
    empty: boolean;
    auth: Info['auth'];
    me?: Me;
    fence?: Info['fence'];
    maxKeyDays?: number;
  }) {
    this.me = options.me ?? me('admin');
    this.directory = new Directory(options.empty);
    this.info = {
      version: '0.1.0',
      clusterId: 'clu_mock',
      clusterName: 'production-eu',
      organization: 'lighthouse',
      auth: options.auth,
      consoleOrigin: 'http://127.0.0.1:8080',
      ...(options.fence !== undefined && { fence: options.fence }),
      ...(options.maxKeyDays !== undefined && { maxKeyDays: options.maxKeyDays }),
    };
    this.registry = new Registry(options.empty);
    this.taskDefs = options.empty ? [] : someTaskDefs();
    this.definitions = options.empty ? [] : structuredClone([...definitions]);
    if (options.empty) return;
    for (const execution of executions(Date.now())) this.executions.set(execution.workflowId, execution);
    for (let i = 0; i < 130; i++) {
      const execution = structuredClone(executions(Date.now() - (200 + i * 37) * 60_000)[1]);
      if (!execution) continue;
      execution.workflowId = `00${String(1000 + i)}aa-5b1d-4c8e-9f00-6f6d2a7e3c${String(i % 100).padStart(2, '0')}`;
      execution.correlationId = `upload-${79 - i}`;
      this.executions.set(execution.workflowId, execution);
    }
  }

  execution(id: string): Execution {
    const found = this.executions.get(id);
    if (!found) throw new Refusal(404, `No such workflow found by id: ${id}`);
    return found;
  }

  definition(name: string, version: number | undefined): WorkflowDef {
    const all = this.definitions.filter((def) => def.name === name).sort((a, b) => b.version - a.version);
    const found = version ? all.find((def) => def.version === version) : all[0];
    if (!found)
      throw new Refusal(404, `No such workflow defined. name=${name}, version=${version ?? 'latest'}`);
    return found;
  }

  latest(): WorkflowDef[] {
    return [...new Set(this.definitions.map((def) => def.name))].map((name) =>
      this.definition(name, undefined),
    );
  }

  versions(): Record<string, WorkflowDef[]> {
    const names = new Set(this.definitions.map((def) => def.name));
    return Object.fromEntries(
      [...names].map((name) => [name, this.definitions.filter((def) => def.name === name)]),
    );
  }

  search(params: URLSearchParams): { totalHits: number; results: Summary[] } {
    const query = params.get('query') ?? '';
    const text = (params.get('freeText') ?? '*').toLowerCase();
    const equal = (field: string) => new RegExp(`${field} = ['"]([^'"]*)['"]`).exec(query)?.[1];
    const statuses = /status IN \(([^)]*)\)/.exec(query)?.[1]?.split(',');
    const since = Number(/startTime > (\d+)/.exec(query)?.[1] ?? 0);
    const name = equal('workflowType');
    const correlation = equal('correlationId');
    const found = [...this.executions.values()]
      .filter((e) => !statuses || statuses.includes(e.status))
      .filter((e) => !name || e.workflowName === name)
      .filter((e) => !correlation || e.correlationId === correlation)
      .filter((e) => e.startTime > since)
      .filter(
        (e) =>
          text === '*' ||
          JSON.stringify([e.workflowId, e.workflowName, e.input, e.correlationId])
            .toLowerCase()
            .includes(text),
      )
      .sort((a, b) => b.startTime - a.startTime);
    const start = Number(params.get('start') ?? 0);
    return {
      totalHits: found.length,
      results: found.slice(start, start + Number(params.get('size') ?? 100)).map(summary),
    };
  }

  overview(): Overview {
    const counts: Partial<Record<WorkflowStatus, number>> = {};
    for (const { status } of this.executions.values()) counts[status] = (counts[status] ?? 0) + 1;
    if (this.executions.size === 0) return { counts, queues: [], pollData: [] };
    const now = Date.now();
    return {
      counts,
      queues: [
        { taskType: 'import_file', depth: 111, inFlight: 8, pollers: 3 },
        { taskType: 'resize', depth: 1, inFlight: 0, pollers: 0 },
        { taskType: 'encode_image', depth: 1, inFlight: 2, pollers: 4 },
        { taskType: 'encode_image', domain: 'gpu', depth: 0, inFlight: 0, pollers: 2 },
        { taskType: 'match_line', depth: 0, inFlight: 1, pollers: 2 },
        { taskType: 'verify_delivery', depth: 0, inFlight: 0, pollers: 1 },
      ],
      pollData: [
        { queueName: 'import_file', workerId: 'importer-3', lastPollTime: now - 200 },
        { queueName: 'encode_image', workerId: 'encoder-1', lastPollTime: now - 90 },
        { queueName: 'encode_image', domain: 'gpu', workerId: 'gpu-0', lastPollTime: now - 1500 },
        { queueName: 'resize', workerId: 'resizer-7f9c', lastPollTime: now - 47 * 60_000 },
        { queueName: 'match_line', workerId: 'ledger-3', lastPollTime: now - 800 },
      ],
    };
  }

  /** Tasks that wait in a queue, oldest first. */
  waiting(params: URLSearchParams) {
    const query = params.get('query') ?? '';
    const type = /taskType = '([^']*)'/.exec(query)?.[1];
    const domain = /domain = '([^']*)'/.exec(query)?.[1];
    const found = [...this.executions.values()]
      .flatMap((execution) => execution.tasks.map((task) => ({ execution, task })))
      .filter(({ task }) => task.status === 'SCHEDULED' && task.taskType === type && task.domain === domain)
      .sort((a, b) => a.task.scheduledTime - b.task.scheduledTime);
    return {
      totalHits: found.length,
      results: found.slice(0, Number(params.get('size') ?? 100)).map(({ execution, task }) => ({
        taskId: task.taskId,
        workflowId: execution.workflowId,
        workflowType: execution.workflowName,
        referenceTaskName: task.referenceTaskName,
        taskType: task.taskType,
        scheduledTime: new Date(task.scheduledTime).toISOString(),
        ...(execution.correlationId && { correlationId: execution.correlationId }),
      })),
    };
  }

  /** Looks at no more than what people get wrong most. */
  validate(def: WorkflowDef) {
    const violations: { path: string; message: string }[] = [];
    if (!def.name) violations.push({ path: 'name', message: 'must not be empty' });
    if (!def.tasks?.length) violations.push({ path: 'tasks', message: 'must not be empty' });
    for (const [i, task] of (def.tasks ?? []).entries()) {
      if (!task.name) violations.push({ path: `tasks[${i}].name`, message: 'must not be empty' });
    }
    if (violations.length > 0) throw new Refusal(400, 'Validation failed.', violations);
  }

  saveDefinition(def: WorkflowDef, overwrite: boolean) {
    this.validate(def);
    const same = (each: WorkflowDef) => each.name === def.name && each.version === def.version;
    if (!overwrite && this.definitions.some(same)) {
      throw new Refusal(409, `Workflow with ${def.name}.${def.version} already exists!`);
    }
    this.deleteDefinition(def.name, def.version);
    this.definitions.push({ ...def, createTime: Date.now() });
  }

  deleteDefinition(name: string, version: number) {
    const at = this.definitions.findIndex((each) => each.name === name && each.version === version);
    if (at >= 0) this.definitions.splice(at, 1);
  }

  saveTaskDefs(defs: TaskDef[]) {
    for (const def of defs) {
      if (!(def.responseTimeoutSeconds >= 1)) {
        throw new Refusal(400, 'Validation failed.', [
          { path: 'responseTimeoutSeconds', message: 'must be at least 1' },
        ]);
      }
      this.taskDefs = [...this.taskDefs.filter(({ name }) => name !== def.name), def];
    }
  }

  /** Does something to each, and notes why where it cannot. */
  bulk(ids: string[], act: (id: string) => void) {
    const bulkErrorResults: Record<string, string> = {};
    const bulkSuccessfulResults: string[] = [];
    if (ids.length > 1000) throw new Refusal(400, 'The list must hold 1 to 1000 ids.');
    for (const id of ids) {
      try {
        act(id);
        bulkSuccessfulResults.push(id);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        bulkErrorResults[id] = error.message;
      }
    }
    return { bulkErrorResults, bulkSuccessfulResults };
  }

  remove(id: string) {
    if (!workflowEnded(this.execution(id).status)) {
      throw new Refusal(400, `Execution ${id} is running; terminate it first.`);
    }
    this.executions.delete(id);
  }

  start(request: { name?: string; version?: number; input?: JsonObject; correlationId?: string }): string {
    if (!request.name) throw new Refusal(400, 'name: must not be empty');
    const def = this.definition(request.name, request.version);
    const id = `${Date.now().toString(16).padStart(8, '0').slice(-8)}-0000-4000-8000-${String(++this.started).padStart(12, '0')}`;
    const run = new Run(def, id, Date.now(), {
      input: request.input ?? {},
      ...(request.correlationId && { correlationId: request.correlationId }),
    });
    const first = def.tasks[0];
    if (first) run.record(first.taskReferenceName, 'SCHEDULED');
    this.executions.set(id, run.end('RUNNING'));
    this.announce(run.execution);
    return id;
  }

  pause(id: string) {
    this.become(id, 'PAUSED', (status) => status === 'RUNNING');
  }

  resume(id: string) {
    this.become(id, 'RUNNING', (status) => status === 'PAUSED');
  }

  terminate(id: string, reason: string) {
    const execution = this.become(id, 'TERMINATED', (status) => !workflowEnded(status));
    execution.endTime = Date.now();
    if (reason) execution.reasonForIncompletion = reason;
    for (const task of execution.tasks) if (!taskEnded(task.status)) end(task, 'CANCELED');
  }

  /** Retry, restart and rerun: what had failed is scheduled anew. */
  revive(id: string, all: boolean): string {
    const execution = this.become(id, 'RUNNING', workflowEnded);
    execution.endTime = 0;
    delete execution.reasonForIncompletion;
    if (all) execution.tasks.splice(1);
    const bad = execution.tasks.filter(
      (task) => all || (taskEnded(task.status) && !task.retried && !isGood(task)),
    );
    for (const task of bad) {
      Object.assign(task, {
        status: 'SCHEDULED',
        startTime: 0,
        endTime: 0,
        scheduledTime: Date.now(),
        retryCount: 0,
      });
      delete task.reasonForIncompletion;
    }
    this.announce(execution);
    return id;
  }

  skip(id: string, ref: string) {
    const execution = this.execution(id);
    if (execution.tasks.some((task) => task.referenceTaskName === ref)) {
      throw new Refusal(409, `Task ${ref} has been scheduled already`);
    }
    if (!execution.workflowDefinition) return;
    const run = new Run(execution.workflowDefinition, id, Date.now(), execution);
    run.record(ref, 'SKIPPED');
    this.announce(execution);
  }

  update(result: {
    workflowInstanceId: string;
    taskId: string;
    status: Task['status'];
    outputData?: JsonObject;
  }): string {
    const execution = this.execution(result.workflowInstanceId);
    const task = execution.tasks.find((each) => each.taskId === result.taskId);
    if (!task) throw new Refusal(404, `Task not found for taskId: ${result.taskId}`);
    end(task, result.status);
    task.outputData = result.outputData ?? {};
    this.announce(execution);
    return task.taskId;
  }

  logs(taskId: string): TaskLog[] {
    const at = Date.now() - 60_000;
    if (taskId.endsWith('1')) return [];
    return ['picked up', 'reading 3840 x 2160 pixels', 'tile 12 of 40', 'done'].map((log, i) => ({
      log,
      taskId,
      createdTime: at + i * 830,
    }));
  }

  /** Lets what is being encoded come one task further. */
  advance() {
    for (const execution of this.executions.values()) {
      if (execution.status !== 'RUNNING' || execution.workflowName !== 'publish_image') continue;
      const running = execution.tasks.find(
        (task) => task.status === 'IN_PROGRESS' && task.taskType === 'encode_image',
      );
      const queued = execution.tasks.find(
        (task) => task.status === 'SCHEDULED' && task.taskType === 'encode_image',
      );
      if (running) end(running, 'COMPLETED');
      if (queued)
        Object.assign(queued, { status: 'IN_PROGRESS', startTime: Date.now(), callbackAfterSeconds: 0 });
      if (running || queued) this.announce(execution);
    }
  }

  private become(
    id: string,
    status: WorkflowStatus,
    allowed: (status: WorkflowStatus) => boolean,
  ): Execution {
    const execution = this.execution(id);
    if (!allowed(execution.status)) throw new Refusal(409, `The workflow is ${execution.status}`);
    execution.status = status;
    this.announce(execution);
    return execution;
  }

  private announce(execution: Execution) {
    execution.updateTime = Date.now();
    for (const watcher of this.watchers) watcher(execution);
  }
}

function someTaskDefs(): TaskDef[] {
  const names = ['encode_image', 'import_file', 'resize', 'authorize_card', 'verify_delivery', 'http_get'];
  return names.map((name, i) => ({
    name,
    description: i % 2 ? '' : `Policy of ${name.replaceAll('_', ' ')}`,
    retryCount: i % 4,
    retryLogic: i % 2 ? 'EXPONENTIAL_BACKOFF' : 'FIXED',
    retryDelaySeconds: 5 * (i + 1),
    timeoutSeconds: 600 * i,
    timeoutPolicy: i % 2 ? 'RETRY' : 'TIME_OUT_WF',
    responseTimeoutSeconds: 60 * (i + 1),
    ownerEmail: 'media-platform@example.com',
    inputKeys: ['image', 'format'],
    createTime: Date.UTC(2026, 9, 3 + i),
  }));
}

function end(task: Task, status: Task['status']) {
  task.status = status;
  task.startTime ||= Date.now();
  task.endTime = Date.now();
  task.updateTime = task.endTime;
}

function isGood(task: Task): boolean {
  return task.status === 'COMPLETED' || task.status === 'COMPLETED_WITH_ERRORS' || task.status === 'SKIPPED';
}

function summary(e: Execution): Summary {
  const iso = (time: number | undefined) => (time ? new Date(time).toISOString() : '');
  return {
    workflowId: e.workflowId,
    workflowType: e.workflowName,
    version: e.workflowVersion,
    startTime: iso(e.startTime),
    updateTime: iso(e.updateTime),
    endTime: iso(e.endTime),
    status: e.status,
    executionTime: e.endTime ? e.endTime - e.startTime : 0,
    failedReferenceTaskNames: (e.failedReferenceTaskNames ?? []).join(','),
    parentWorkflowId: e.parentWorkflowId ?? '',
    ...(e.correlationId && { correlationId: e.correlationId }),
    ...(e.reasonForIncompletion && { reasonForIncompletion: e.reasonForIncompletion }),
  };
}
