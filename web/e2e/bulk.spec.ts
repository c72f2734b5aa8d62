import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

test('many executions are terminated, retried and removed at once', async ({ page, edge }) => {
  test.slow();
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('bulk');
  await conductor.registerWorkflow({
    name,
    tasks: [{ name: 'wait', taskReferenceName: 'wait', type: 'WAIT', inputParameters: {} }],
  });
  const ids = await Promise.all(Array.from({ length: 130 }, (_, i) => conductor.start(name, { i })));
  await page.goto(`${edge}/executions?workflow=${name}`);
  await expect(page.getByText('1–50 of 130')).toBeVisible();

  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  await page.getByRole('button', { name: 'Select all 130' }).click();
  await page.getByRole('button', { name: 'More …' }).click();
  await page.getByRole('menuitem', { name: 'Terminate' }).click();
  await page.getByLabel('Reason').fill('in one go');
  await page.getByRole('button', { name: 'Terminate 130 executions' }).click();
  await expect(page.getByRole('dialog', { name: '130 terminated' })).toBeVisible();
  await page.getByRole('button', { name: 'Close' }).last().click();
  expect(await conductor.status(ids[0] ?? '')).toBe('TERMINATED');
  expect(await conductor.status(ids[129] ?? '')).toBe('TERMINATED');

  await test.step('a row that cannot be done is told by its id', async () => {
    await page.goto(`${edge}/executions?workflow=${name}`);
    const boxes = page.getByRole('checkbox', { name: new RegExp(`^Select ${name}`) });
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.getByRole('button', { name: 'Retry …' }).click();
    await page.getByRole('button', { name: 'Retry 2 executions' }).click();
    await expect(page.getByRole('dialog', { name: '2 retried' })).toBeVisible();
    await page.getByRole('button', { name: 'Close' }).last().click();
    await boxes.nth(0).check();
    await boxes.nth(2).check();
    await page.getByRole('button', { name: 'Retry …' }).click();
    await page.getByRole('button', { name: 'Retry 2 executions' }).click();
    await expect(page.getByRole('dialog', { name: '1 retried' })).toBeVisible();
    await expect(page.getByRole('list', { name: 'Failed' }).getByRole('listitem')).toHaveCount(1);
    await page.getByRole('button', { name: 'Close' }).last().click();
  });

  await test.step('what has ended is removed, what runs is left', async () => {
    await page.goto(`${edge}/executions?workflow=${name}`);
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
    await page.getByRole('button', { name: 'Select all 130' }).click();
    await page.getByRole('button', { name: 'More …' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByLabel('Type 130 to confirm').fill('130');
    await page.getByRole('button', { name: 'Remove 130 executions' }).click();
    await expect(page.getByRole('dialog', { name: '127 removed' })).toBeVisible();
    await expect(page.getByRole('list', { name: 'Failed' }).getByRole('listitem')).toHaveCount(3);
  });
});

test('a queue shows what waits in it and who came last', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const type = unique('queued');
  await conductor.registerWorkflow({
    name: type,
    tasks: [{ name: type, taskReferenceName: 'work', type: 'SIMPLE' }],
  });
  const first = await conductor.start(type);
  await conductor.start(type);
  await page.goto(`${edge}/queues`);
  await page.getByRole('link', { name: type }).click();
  const figure = (name: string) => page.locator('dl > div', { hasText: name }).locator('dd');
  await expect(figure('Waiting')).toHaveText('2');
  const waiting = page.getByRole('table', { name: 'Tasks waiting' });
  await expect(waiting.getByRole('link', { name: 'work' })).toHaveCount(2);
  await expect(waiting.getByRole('link', { name: 'work' }).first()).toHaveAttribute(
    'href',
    `/executions/${first}?task=work`,
  );
  await conductor.work(type, () => ({ status: 'COMPLETED' }));
  await expect(figure('Waiting')).toHaveText('1');
  await expect(page.getByRole('table', { name: 'Workers' })).toContainText('e2e');
});
