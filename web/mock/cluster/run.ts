import type {
  Execution,
  JsonObject,
  Task,
  TaskStatus,
  WorkflowDef,
  WorkflowStatus,
  WorkflowTask,
} from '../../src/conductor/types.ts';
import { parseDefinition, walkBlocks } from '../../src/graph/blocks.ts';

interface TaskOptions {
  /** Time in the queue and at work, in milliseconds. */
  queued?: number;
  ms?: number;
  input?: JsonObject;
  output?: JsonObject;
  worker?: string;
  reason?: string;
  /** Iterations around the task, outermost first. */
  iterations?: number[];
  more?: Partial<Task>;
}

/** Writes down an execution task by task, on a clock of its own, as a data plane would have recorded it. */
export class Run {
  readonly execution: Execution;
  private clock: number;
  private readonly tasks = new Map<string, WorkflowTask>();

  constructor(def: WorkflowDef, id: string, start: number, more: Partial<Execution> = {}) {
    this.clock = start;
    this.execution = {
      workflowId: id,
      workflowName: def.name,
      workflowVersion: def.version,
      status: 'RUNNING',
      createTime: start,
      startTime: start,
      updateTime: start,
      endTime: 0,
      priority: 0,
      input: {},
      output: {},
      variables: {},
      tasks: [],
      workflowDefinition: def,
      ...more,
    };
    for (const block of walkBlocks(parseDefinition(def))) {
      this.tasks.set(block.task.taskReferenceName, block.task);
      if ('join' in block && block.join) this.tasks.set(block.join.task.taskReferenceName, block.join.task);
    }
  }

  /** A task that ended well. */
  done(ref: string, o: TaskOptions = {}): this {
    return this.record(ref, 'COMPLETED', o);
  }

  /** An attempt that ended badly. A later record of the same reference is its retry. */
  failed(ref: string, reason: string, o: TaskOptions = {}): this {
    return this.record(ref, 'FAILED', { ...o, reason });
  }

  record(ref: string, status: TaskStatus, o: TaskOptions = {}): this {
    const suffix = (o.iterations ?? []).map((n) => `__${n}`).join('');
    const name = ref + suffix;
    const def = this.tasks.get(ref) ?? { name: ref, taskReferenceName: ref, type: 'SIMPLE' };
    const before = this.execution.tasks.filter((t) => t.referenceTaskName === name).at(-1);
    if (before) before.retried = true;
    const seq = this.execution.tasks.length + 1;
    const scheduled = this.clock;
    const started = status === 'SCHEDULED' ? 0 : scheduled + (o.queued ?? 12);
    const open = status === 'SCHEDULED' || status === 'IN_PROGRESS';
    const ended = open ? 0 : started + (o.ms ?? 180);
    this.clock = Math.max(this.clock, ended);
    const task: Task = {
      taskId: `${this.execution.workflowId.slice(0, 8)}-task-${String(seq).padStart(4, '0')}`,
      taskType: recordType(def),
      taskDefName: def.type === 'SIMPLE' ? def.name : recordType(def),
      referenceTaskName: name,
      status,
      seq,
      retryCount: before ? before.retryCount + 1 : 0,
      iteration: o.iterations?.at(-1) ?? 0,
      inputData: o.input ?? {},
      outputData: o.output ?? {},
      scheduledTime: scheduled,
      startTime: started,
      endTime: ended,
      updateTime: ended || started || scheduled,
      queueWaitTime: started ? started - scheduled : 0,
      pollCount: started ? 1 : 0,
      retried: false,
      executed: !open,
      workflowInstanceId: this.execution.workflowId,
      workflowTask: def,
      ...(before && { retriedTaskId: before.taskId }),
      ...(o.worker && { workerId: o.worker }),
      ...(o.reason && { reasonForIncompletion: o.reason }),
      ...o.more,
    };
    this.execution.tasks.push(task);
    this.execution.updateTime = Math.max(this.execution.updateTime ?? 0, task.updateTime);
    return this;
  }

  /** Each way starts at the same time; the clock goes on when the longest has ended. */
  parallel(...ways: (() => void)[]): this {
    const start = this.clock;
    let end = start;
    for (const way of ways) {
      this.clock = start;
      way();
      end = Math.max(end, this.clock);
    }
    this.clock = end;
    return this;
  }

  /** Tasks that the definition does not hold: those of dynamic forks. */
  define(...tasks: WorkflowTask[]): this {
    for (const task of tasks) this.tasks.set(task.taskReferenceName, task);
    return this;
  }

  end(status: WorkflowStatus, reason?: string): Execution {
    this.execution.status = status;
    this.execution.updateTime = this.clock;
    if (status !== 'RUNNING' && status !== 'PAUSED') this.execution.endTime = this.clock;
    if (reason) this.execution.reasonForIncompletion = reason;
    const failed = this.execution.tasks.filter((t) => t.status.startsWith('FAILED'));
    this.execution.failedReferenceTaskNames = [...new Set(failed.map((t) => t.referenceTaskName))];
    return this.execution;
  }
}

function recordType(def: WorkflowTask): string {
  if (def.type === 'SIMPLE') return def.name;
  return def.type === 'FORK_JOIN' || def.type === 'FORK_JOIN_DYNAMIC' ? 'FORK' : def.type;
}
