import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

test('a schedule is made, paused, changed and deleted', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const workflow = unique('nightly');
  const name = unique('schedule');
  await conductor.registerWorkflow({
    name: workflow,
    tasks: [{ name: 'wait', taskReferenceName: 'wait', type: 'WAIT' }],
  });
  await page.goto(`${edge}/schedules`);
  await page.getByRole('link', { name: 'New schedule' }).first().click();
  const form = page.getByRole('form', { name: 'Schedule' });
  await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByLabel('Workflow', { exact: true }).fill(workflow);
  await form.getByLabel('Cron expression').fill('61 * * * * *');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByLabel('Cron expression')).toHaveAttribute('aria-invalid', 'true');
  await form.getByRole('button', { name: 'On weekdays at 8:30' }).click();
  await form.getByLabel('Time zone').selectOption('Europe/Paris');
  await expect(form.getByRole('list', { name: 'Next times' }).getByText(/08:30:00/)).toHaveCount(5);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${edge}/schedules/${name}`);
  await expect(page.getByText('0 30 8 * * MON-FRI')).toBeVisible();

  await page.getByRole('button', { name: 'Pause' }).click();
  const question = page.getByRole('dialog', { name: `Pause ${name}?` });
  await question.getByLabel('Reason').fill('stocktaking');
  await question.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('stocktaking')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('stocktaking')).toHaveCount(0);

  // One that is due each second shows that it starts what it names.
  await page.getByRole('link', { name: 'Edit' }).click();
  await form.getByLabel('Cron expression').fill('* * * * * *');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${edge}/schedules/${name}`);
  await expect(async () => {
    await page.reload();
    const run = page.getByRole('table', { name: 'Runs' }).getByRole('link', { name: workflow }).first();
    await expect(run).toBeVisible({ timeout: 2_000 });
  }).toPass();

  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(`${edge}/schedules`);
  await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
});

test('an event handler is made, handles an event, is changed and deleted', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const started = unique('started');
  const sender = unique('sender');
  const name = unique('handler');
  await conductor.registerWorkflow({
    name: started,
    tasks: [{ name: 'wait', taskReferenceName: 'wait', type: 'WAIT' }],
  });
  await conductor.registerWorkflow({
    name: sender,
    tasks: [{ name: 'tell', taskReferenceName: 'tell', type: 'EVENT', sink: 'conductor' }],
  });
  await page.goto(`${edge}/event-handlers`);
  await page.getByRole('link', { name: 'New event handler' }).first().click();
  const form = page.getByRole('form', { name: 'Event handler' });
  await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByLabel('Listens to').fill('nowhere');
  await form.getByLabel('Workflow', { exact: true }).fill(started);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByText('Enter where the events come from, as provider:queue.').last()).toBeVisible();
  await form.getByLabel('Listens to').fill(`conductor:${sender}:tell`);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${edge}/event-handlers`);
  const row = page.getByRole('table', { name: 'Event handlers' }).getByRole('row').filter({ hasText: name });
  await expect(row.getByRole('switch')).toBeChecked();

  await conductor.start(sender);
  await expect(async () => {
    await page.goto(`${edge}/executions?workflow=${started}`);
    await expect(
      page.getByRole('table', { name: 'Executions' }).getByRole('link', { name: started }),
    ).toHaveCount(1, { timeout: 2_000 });
  }).toPass();

  await page.goto(`${edge}/event-handlers`);
  await row.getByRole('switch').click();
  await expect(row.getByRole('switch')).not.toBeChecked();
  await page.reload();
  await expect(row.getByRole('switch')).not.toBeChecked();
  await row.getByRole('link', { name }).click();
  await form.getByLabel('Condition').fill('$.amount > 100');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${edge}/event-handlers`);
  await page.goto(`${edge}/event-handlers/${name}`);
  await expect(form.getByLabel('Condition')).toHaveValue('$.amount > 100');

  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(`${edge}/event-handlers`);
  await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
});

test('a secret is written, used, written anew and deleted, and never shown', async ({ page, edge }) => {
  const name = unique('token');
  const dialog = page.getByRole('dialog');
  await page.goto(`${edge}/secrets`);
  await page.getByRole('button', { name: 'New secret' }).first().click();
  await dialog.getByLabel('Name', { exact: true }).fill('a b');
  await dialog.getByLabel('Value', { exact: true }).fill('hidden-1');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Enter letters, digits, _ and -.')).toBeVisible();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  const table = page.getByRole('table', { name: 'Secrets' });
  await expect(table.getByText(`\${workflow.secrets.${name}}`)).toBeVisible();

  await table.getByRole('button', { name: `Change ${name}` }).click();
  await expect(dialog.getByLabel('New value', { exact: true })).toHaveValue('');
  await dialog.getByLabel('New value', { exact: true }).fill('hidden-2');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await page.reload();
  await expect(table.getByText(name, { exact: true })).toBeVisible();
  expect(await page.content()).not.toContain('hidden-');

  await table.getByRole('button', { name: `Delete ${name}` }).click();
  await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText(name, { exact: true })).toHaveCount(0);
});

test('a variable is written, changed and deleted', async ({ page, edge }) => {
  const name = unique('address');
  const dialog = page.getByRole('dialog');
  await page.goto(`${edge}/secrets`);
  await page.getByRole('tab', { name: 'Environment' }).click();
  await expect(page).toHaveURL(`${edge}/environment`);
  await page.getByRole('button', { name: 'New variable' }).first().click();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Value', { exact: true }).fill('https://one.example.com');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  const row = page.getByRole('table', { name: 'Variables' }).getByRole('row').filter({ hasText: name });
  await expect(row.getByText('https://one.example.com')).toBeVisible();

  await row.getByRole('button', { name: `Change ${name}` }).click();
  await expect(dialog.getByLabel('Value', { exact: true })).toHaveValue('https://one.example.com');
  await dialog.getByLabel('Value', { exact: true }).fill('https://two.example.com');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row.getByText('https://two.example.com')).toBeVisible();

  await row.getByRole('button', { name: `Delete ${name}` }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText(name, { exact: true })).toHaveCount(0);
});
