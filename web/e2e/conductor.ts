/** A task as a worker gets it. */
export interface Task {
  taskId: string;
  workflowInstanceId: string;
  inputData: Record<string, unknown>;
  retryCount: number;
}

export interface TaskResult {
  status: 'COMPLETED' | 'FAILED' | 'FAILED_WITH_TERMINAL_ERROR';
  outputData?: Record<string, unknown>;
  reasonForIncompletion?: string;
  logs?: { log: string }[];
}

/** A worker's and an application's view of a cluster: Conductor's API by plain HTTP. */
export class Conductor {
  private readonly base: string;
  private readonly token: string | undefined;

  private constructor(base: string, token: string | undefined) {
    this.base = base;
    this.token = token;
  }

  /** Without a key the cluster must be open to everyone. */
  static async connect(base: string, key?: { id: string; secret: string }): Promise<Conductor> {
    if (key === undefined) return new Conductor(base, undefined);
    const open = new Conductor(base, undefined);
    const { token } = await open.call<{ token: string }>('POST', '/token', {
      keyId: key.id,
      keySecret: key.secret,
    });
    return new Conductor(base, token);
  }

  async registerWorkflow(definition: object): Promise<void> {
    await this.call('POST', '/metadata/workflow', {
      version: 1,
      schemaVersion: 2,
      ownerEmail: 'e2e@example.com',
      timeoutSeconds: 600,
      timeoutPolicy: 'TIME_OUT_WF',
      ...definition,
    });
  }

  /** Registers a definition in place of the one of its name and version. */
  async replaceWorkflow(definition: object): Promise<void> {
    await this.call('POST', '/metadata/workflow?overwrite=true', {
      schemaVersion: 2,
      ownerEmail: 'e2e@example.com',
      ...definition,
    });
  }

  async workflow(name: string, version: number): Promise<{ description?: string }> {
    return this.call('GET', `/metadata/workflow/${name}?version=${version}`);
  }

  async registerTask(name: string, more: object = {}): Promise<void> {
    await this.call('POST', '/metadata/taskdefs', [
      {
        name,
        ownerEmail: 'e2e@example.com',
        retryCount: 0,
        timeoutSeconds: 600,
        responseTimeoutSeconds: 60,
        ...more,
      },
    ]);
  }

  async start(name: string, input: object = {}): Promise<string> {
    return this.call<string>('POST', '/workflow', { name, version: 1, input });
  }

  async status(id: string): Promise<string> {
    const { status } = await this.call<{ status: string }>('GET', `/workflow/${id}?includeTasks=false`);
    return status;
  }

  /** Waits for one task of the type and answers it. */
  async work(type: string, answer: (task: Task) => TaskResult): Promise<Task> {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline) {
      const [task] = await this.call<Task[]>(
        'GET',
        `/tasks/poll/batch/${type}?workerid=e2e&count=1&timeout=1000`,
      );
      if (task === undefined) continue;
      await this.call('POST', '/tasks', {
        taskId: task.taskId,
        workflowInstanceId: task.workflowInstanceId,
        workerId: 'e2e',
        ...answer(task),
      });
      return task;
    }
    throw new Error(`no task of type ${type} within 20 s`);
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(this.token !== undefined && { 'X-Authorization': this.token }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const json = response.headers.get('Content-Type')?.includes('json');
    return (json ? JSON.parse(text) : text) as T;
  }
}
