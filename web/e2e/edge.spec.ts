import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

test('an edge alone serves its console without a login', async ({ page, edge }) => {
  await page.goto(edge);
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect(page.getByLabel('Password')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Leave the cluster' })).toHaveCount(0);
});

test('the path taken, the path not taken and a fork', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('paths');
  const inline = (ref: string) => ({
    name: ref,
    taskReferenceName: ref,
    type: 'INLINE',
    inputParameters: { evaluatorType: 'javascript', expression: '1 + 1' },
  });
  await conductor.registerWorkflow({
    name,
    tasks: [
      {
        name: 'which',
        taskReferenceName: 'which',
        type: 'SWITCH',
        evaluatorType: 'value-param',
        expression: 'way',
        inputParameters: { way: '${workflow.input.way}' },
        decisionCases: { left: [inline('go_left')], right: [inline('go_right')] },
      },
      {
        name: 'fork',
        taskReferenceName: 'fork',
        type: 'FORK_JOIN_DYNAMIC',
        inputParameters: { branches: '${workflow.input.branches}', inputs: {} },
        dynamicForkTasksParam: 'branches',
        dynamicForkTasksInputParamName: 'inputs',
      },
      { name: 'join', taskReferenceName: 'join', type: 'JOIN' },
    ],
  });
  const id = await conductor.start(name, { way: 'left', branches: [inline('a'), inline('b'), inline('c')] });
  await page.goto(`${edge}/executions/${id}`);
  const graph = page.getByRole('group', { name: `Graph of ${name}` });
  await expect(graph.getByRole('button', { name: /^go_left, .*Completed/ })).toBeVisible();
  await expect(graph.getByRole('button', { name: /^go_right, .*Not taken/i })).toBeVisible();
  await expect(graph.getByRole('button', { name: /^fork, .*3 completed/ })).toBeVisible();

  await page.getByRole('tab', { name: 'Timeline' }).click();
  await expect(page.getByRole('grid').getByText('go_left')).toBeVisible();
  await page.getByRole('tab', { name: 'Tasks' }).click();
  await expect(page.getByRole('grid').getByRole('row').filter({ hasText: 'go_left' })).toBeVisible();
  await page.getByRole('tab', { name: 'JSON' }).click();
  await expect(page.getByText('workflowDefinition').first()).toBeVisible();
});

test('executions are found by their state', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('searched');
  const end = (status: string) => ({
    name: status,
    taskReferenceName: status,
    type: 'TERMINATE',
    inputParameters: { terminationStatus: status, terminationReason: 'as told' },
  });
  await conductor.registerWorkflow({
    name,
    tasks: [
      {
        name: 'which',
        taskReferenceName: 'which',
        type: 'SWITCH',
        evaluatorType: 'value-param',
        expression: 'status',
        inputParameters: { status: '${workflow.input.status}' },
        decisionCases: { FAILED: [end('FAILED')] },
        defaultCase: [end('COMPLETED')],
      },
    ],
  });
  const good = await conductor.start(name, { status: 'COMPLETED' });
  const bad = await conductor.start(name, { status: 'FAILED' });
  await page.goto(`${edge}/executions?workflow=${name}`);
  const table = page.getByRole('table', { name: 'Executions' });
  await expect(table.getByRole('link', { name })).toHaveCount(2);
  await expect(
    table.getByRole('row').filter({ hasText: 'as told' }).filter({ hasText: 'Failed' }),
  ).toHaveCount(1);
  await expect(table.locator(`a[href="/executions/${good}"]`)).toBeVisible();
  await table.locator(`a[href="/executions/${bad}"]`).click();
  await expect(page.getByText('as told').first()).toBeVisible();
});
