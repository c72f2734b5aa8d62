import type { Page } from '@playwright/test';
import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

/** Two worker tasks, one after the other, on an edge that runs alone and asks nobody who they are. */
async function twoSteps(edge: string) {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('two_steps');
  const [first, second] = [`${name}_first`, `${name}_second`];
  await conductor.registerTask(first);
  await conductor.registerTask(second);
  await conductor.registerWorkflow({
    name,
    tasks: [
      {
        name: first,
        taskReferenceName: 'first',
        type: 'SIMPLE',
        inputParameters: { n: '${workflow.input.n}' },
      },
      { name: second, taskReferenceName: 'second', type: 'SIMPLE' },
    ],
  });
  const id = await conductor.start(name, { n: 1 });
  const work = (type: string) =>
    conductor.work(type, () => ({ status: 'COMPLETED', outputData: { done: true } }));
  const fail = (type: string, reason: string) =>
    conductor.work(type, () => ({ status: 'FAILED', reasonForIncompletion: reason }));
  return { name, id, first, second, work, fail };
}

const node = (page: Page, text: RegExp) =>
  page.getByRole('group', { name: /^Graph of / }).getByRole('button', { name: text });

async function confirm(page: Page, verb: string) {
  await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('pause and resume', async ({ page, edge }) => {
  const run = await twoSteps(edge);
  await page.goto(`${edge}/executions/${run.id}`);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await confirm(page, 'Pause');
  await expect(page.getByText('Paused', { exact: true }).first()).toBeVisible();
  await run.work(run.first);
  await expect(node(page, /^first, .*Completed/)).toBeVisible();
  // Nothing is scheduled while it is paused.
  await expect(node(page, /^second, .*Waiting for a worker/)).toHaveCount(0);
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await confirm(page, 'Resume');
  await expect(node(page, /^second, .*Waiting for a worker/)).toBeVisible();
  await run.work(run.second);
  await expect(page.getByText('Completed', { exact: true }).first()).toBeVisible();
});

test('terminate with a reason, then restart', async ({ page, edge }) => {
  const run = await twoSteps(edge);
  await page.goto(`${edge}/executions/${run.id}`);
  await page.getByRole('button', { name: 'Terminate', exact: true }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('ordered twice');
  await confirm(page, 'Terminate');
  await expect(page.getByText('Terminated', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('ordered twice').first()).toBeVisible();
  await page.getByRole('button', { name: 'Restart', exact: true }).click();
  await confirm(page, 'Restart');
  await expect(node(page, /^first, .*Waiting for a worker/)).toBeVisible();
});

test('a failed task says why; retry goes on from it', async ({ page, edge }) => {
  const run = await twoSteps(edge);
  await page.goto(`${edge}/executions/${run.id}`);
  await run.work(run.first);
  await run.fail(run.second, 'the printer is on fire');
  await expect(page.getByText('Failed', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('alert').getByText(/the printer is on fire/)).toBeVisible();
  await expect(node(page, /^second, .*Failed · the printer is on fire/)).toBeVisible();

  await page.getByRole('button', { name: 'Retry', exact: true }).click();
  await confirm(page, 'Retry');
  await expect(node(page, /^second, .*Waiting for a worker, 2 attempts/)).toBeVisible();
  await run.work(run.second);
  await expect(page.getByText('Completed', { exact: true }).first()).toBeVisible();

  await node(page, /^second, /).click();
  const panel = page.getByRole('complementary', { name: 'Task second' });
  await panel.getByRole('button', { name: 'Attempt 1, Failed' }).click();
  await expect(panel.getByText('the printer is on fire')).toBeVisible();
});

test('rerun from a task', async ({ page, edge }) => {
  const run = await twoSteps(edge);
  await run.work(run.first);
  await run.work(run.second);
  await page.goto(`${edge}/executions/${run.id}`);
  await node(page, /^first, .*Completed/).click();
  await page.getByRole('button', { name: 'Rerun from here' }).click();
  await page.getByRole('dialog').getByLabel('Input of the task').fill('{"n": 2}');
  await confirm(page, 'Rerun from here');
  await expect(node(page, /^first, .*Waiting for a worker/)).toBeVisible();
  const task = await run.work(run.first);
  expect(task.inputData).toEqual({ n: 2 });
  await run.work(run.second);
  await expect(page.getByText('Completed', { exact: true }).first()).toBeVisible();
});

test('a wait is completed by a person', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('approval');
  await conductor.registerWorkflow({
    name,
    tasks: [{ name: 'approve', taskReferenceName: 'approve', type: 'HUMAN' }],
    outputParameters: { by: '${approve.output.by}' },
  });
  const id = await conductor.start(name);
  await page.goto(`${edge}/executions/${id}`);
  await node(page, /^approve, .*Waiting for a person/).click();
  await page.getByRole('button', { name: 'Complete', exact: true }).click();
  await page.getByRole('dialog').getByLabel('Output').fill('{"by": "Ada"}');
  await confirm(page, 'Complete');
  await expect(node(page, /^approve, .*Completed/)).toBeVisible();
  expect(await conductor.status(id)).toBe('COMPLETED');
});
