// The official JavaScript SDK against an edge: definitions, workers, executions and their controls.
// CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET say which edge; the SDK reads them by itself.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { OrkesClients, TaskManager } from '@io-orkes/conductor-javascript';

const name = `js_${randomUUID().slice(0, 8)}`;
const types = { price: `${name}_price`, ship: `${name}_ship` };
const definition = {
  name,
  version: 1,
  schemaVersion: 2,
  ownerEmail: 'sdk@example.com',
  timeoutSeconds: 120,
  timeoutPolicy: 'TIME_OUT_WF',
  tasks: [
    {
      name: types.price,
      taskReferenceName: 'price',
      type: 'SIMPLE',
      inputParameters: { amount: '${workflow.input.amount}' },
    },
    {
      name: 'large',
      taskReferenceName: 'large',
      type: 'SWITCH',
      evaluatorType: 'javascript',
      expression: "$.total > 100 ? 'yes' : 'no'",
      inputParameters: { total: '${price.output.total}' },
      decisionCases: { yes: [{ name: 'approval', taskReferenceName: 'approval', type: 'WAIT' }] },
      defaultCase: [],
    },
    {
      name: types.ship,
      taskReferenceName: 'ship',
      type: 'SIMPLE',
      inputParameters: { to: '${workflow.input.to}', by: '${approval.output.by}' },
    },
  ],
  outputParameters: { total: '${price.output.total}', shipped: '${ship.output.to}', by: '${ship.output.by}' },
};

let clients;
let workflows;
let manager;
let broken = true; // the address "nowhere" cannot be reached

before(async () => {
  clients = await OrkesClients.from();
  workflows = clients.getWorkflowClient();
  const workers = [
    {
      taskDefName: types.price,
      execute: async (task) => ({ status: 'COMPLETED', outputData: { total: task.inputData.amount * 2 } }),
    },
    {
      taskDefName: types.ship,
      execute: async ({ inputData, retryCount }) => {
        if (inputData.to === 'nowhere' && broken) {
          return { status: 'FAILED_WITH_TERMINAL_ERROR', reasonForIncompletion: 'no such address' };
        }
        if (inputData.to === 'uphill' && !retryCount) throw new Error('out of breath');
        return { status: 'COMPLETED', outputData: { to: inputData.to, by: inputData.by } };
      },
    },
  ];
  manager = new TaskManager(clients.getClient(), workers, { options: { pollInterval: 20, concurrency: 4 } });
  const metadata = clients.getMetadataClient();
  await metadata.registerTasks(
    Object.values(types).map((type) => ({
      name: type,
      ownerEmail: 'sdk@example.com',
      retryCount: 1,
      retryDelaySeconds: 0,
      timeoutSeconds: 60,
      responseTimeoutSeconds: 30,
    })),
  );
  await metadata.registerWorkflowDef(definition, true);
  manager.startPolling();
});

after(async () => {
  await manager?.stopPolling();
});

const start = (input, more = {}) => workflows.startWorkflow({ name, version: 1, input, ...more });

/** Waits until a workflow, with its tasks, is as wanted. */
async function until(id, wanted, what) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const workflow = await workflows.getWorkflow(id, true);
    if (wanted(workflow)) return workflow;
    assert.ok(Date.now() < deadline, `not ${what} within 20 s: ${JSON.stringify(workflow)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const untilStatus = (id, status) => until(id, (w) => w.status === status, status);
const untilWaiting = (id) =>
  until(
    id,
    (w) => w.tasks.some((t) => t.referenceTaskName === 'approval' && t.status === 'IN_PROGRESS'),
    'waiting',
  );

async function approvalOutput(id) {
  const workflow = await untilStatus(id, 'COMPLETED');
  return workflow.tasks.find((t) => t.referenceTaskName === 'approval').outputData;
}

test('definitions are read back', async () => {
  const metadata = clients.getMetadataClient();
  const workflow = await metadata.getWorkflowDef(name, 1);
  assert.deepEqual(
    workflow.tasks.map((t) => t.taskReferenceName),
    ['price', 'large', 'ship'],
  );
  assert.equal((await metadata.getTask(types.ship)).retryCount, 1);
  assert.ok((await metadata.getAllTaskDefs()).some((t) => t.name === types.price));
  await assert.rejects(metadata.getWorkflowDef('unknown', 1));
});

test('a workflow runs on workers', async () => {
  const workflow = await untilStatus(await start({ amount: 5, to: 'here' }), 'COMPLETED');
  assert.deepEqual([workflow.output.total, workflow.output.shipped], [10, 'here']);
});

test('a failed task is retried', async () => {
  const workflow = await untilStatus(await start({ amount: 5, to: 'uphill' }), 'COMPLETED');
  const attempts = workflow.tasks.filter((t) => t.referenceTaskName === 'ship');
  assert.deepEqual(
    attempts.map((t) => [t.status, t.retryCount ?? 0]),
    [
      ['FAILED', 0],
      ['COMPLETED', 1],
    ],
  );
  assert.match(attempts[0].reasonForIncompletion, /out of breath/);
});

test('execute answers with the ended workflow', async () => {
  const run = await workflows.executeWorkflow(
    { name, version: 1, input: { amount: 5, to: 'here' } },
    name,
    1,
    randomUUID(),
  );
  assert.equal(run.status, 'COMPLETED');
  assert.equal(run.output.total, 10);
});

test('a waiting workflow goes on by reference and by signal', async () => {
  const first = await start({ amount: 500, to: 'here' });
  await untilWaiting(first);
  await workflows.updateTaskByRefName('approval', first, 'COMPLETED', { by: 'Ada' });
  assert.equal((await untilStatus(first, 'COMPLETED')).output.by, 'Ada');

  const second = await start({ amount: 500, to: 'here' });
  await untilWaiting(second);
  await workflows.signalAsync(second, 'COMPLETED', { by: 'Grace' });
  assert.deepEqual(await approvalOutput(second), { taskOutput: { by: 'Grace' } }); // the SDK wraps it

  const third = await start({ amount: 500, to: 'here' });
  await untilWaiting(third);
  const answer = await workflows.signal(third, 'COMPLETED', { by: 'Edsger' }, 'TARGET_WORKFLOW');
  assert.equal(answer.workflowId ?? answer.targetWorkflowId, third);
  assert.deepEqual(await approvalOutput(third), { taskOutput: { by: 'Edsger' } });
});

test('pause, resume, terminate and restart', async () => {
  const id = await start({ amount: 500, to: 'here' });
  await untilWaiting(id);
  await workflows.pause(id);
  assert.equal((await workflows.getWorkflowStatus(id, false, false)).status, 'PAUSED');
  await workflows.resume(id);
  assert.equal((await workflows.getWorkflowStatus(id, false, false)).status, 'RUNNING');
  await workflows.terminate(id, 'no longer wanted');
  const ended = await untilStatus(id, 'TERMINATED');
  assert.match(ended.reasonForIncompletion, /no longer wanted/);
  await workflows.restart(id, true);
  await untilWaiting(id);
  await workflows.skipTasksFromWorkflow(id, 'ship', {});
  await workflows.updateTaskByRefName('approval', id, 'COMPLETED', {});
  const skipped = await untilStatus(id, 'COMPLETED');
  assert.equal(skipped.tasks.find((t) => t.referenceTaskName === 'ship').status, 'SKIPPED');
});

test('a failed workflow says why, and is retried and rerun', async () => {
  const id = await start({ amount: 5, to: 'nowhere' });
  const failed = await untilStatus(id, 'FAILED');
  assert.match(failed.reasonForIncompletion, /no such address/);
  broken = false;
  await workflows.retry(id, false);
  const retried = await untilStatus(id, 'COMPLETED');
  assert.equal(retried.tasks.filter((t) => t.referenceTaskName === 'price').length, 1, 'what was done is not done again');
  const from = retried.tasks.find((t) => t.referenceTaskName === 'price').taskId;
  assert.equal(await workflows.reRun(id, { reRunFromWorkflowId: id, reRunFromTaskId: from }), id);
  await untilStatus(id, 'COMPLETED');
  broken = true;
});

test('search, correlation, logs and queues', async () => {
  const correlationId = randomUUID();
  const id = await start({ amount: 500, to: 'here' }, { correlationId });
  const waiting = await untilWaiting(id);
  const found = await workflows.search(0, 10, `workflowType = '${name}' AND status = 'RUNNING'`, '*');
  assert.ok(found.results.some((w) => w.workflowId === id));
  const correlated = await workflows.getByCorrelationIds(
    { correlationIds: [correlationId], workflowNames: [name] },
    false,
    false,
  );
  assert.deepEqual(
    correlated[correlationId].map((w) => w.workflowId),
    [id],
  );
  const tasks = clients.getTaskClient();
  const { taskId } = waiting.tasks.find((t) => t.referenceTaskName === 'price');
  await tasks.addTaskLog(taskId, 'a line of the log');
  assert.match((await tasks.getTaskLogs(taskId))[0].log, /a line of the log/);
  assert.equal((await tasks.getQueueSizeForTask([types.ship]))[types.ship], 0);
  assert.ok((await tasks.getTaskPollData(types.ship)).length > 0);
  await workflows.updateVariables(id, { colour: 'green' });
  assert.equal((await workflows.getWorkflow(id, false)).variables.colour, 'green');
  await workflows.terminate(id, 'done');
  await workflows.deleteWorkflow(id, false);
  await assert.rejects(workflows.getWorkflow(id, false));
});
