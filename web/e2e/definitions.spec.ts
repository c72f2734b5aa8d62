import type { Page } from '@playwright/test';
import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

const inline = (ref: string) => ({
  name: ref,
  taskReferenceName: ref,
  type: 'INLINE',
  inputParameters: { evaluatorType: 'javascript', expression: '1 + 1' },
});

const editor = (page: Page) => page.getByRole('textbox', { name: 'Definition as JSON' });

/** Puts the cursor behind a piece of the text. */
async function clickBehind(page: Page, text: string) {
  const line = editor(page).locator('.cm-line', { hasText: text }).first();
  await line.click();
  await page.keyboard.press('End');
}

/** Writes another end to the first line that ends like this, as one does by hand. */
async function replaceEnd(page: Page, present: string, wanted: string) {
  await clickBehind(page, present);
  for (const _ of present) await page.keyboard.press('Backspace');
  // Closing quotes are typed over those that the editor puts there by itself.
  await page.keyboard.type(wanted);
}

test('a definition is written, checked as one writes, saved as the next version, and run', async ({
  page,
  edge,
}) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('edited');
  const letter = unique('letter');
  await conductor.registerWorkflow({ name, tasks: [inline('first')] });
  await conductor.registerTask(letter, { inputKeys: ['addressee'] });
  await page.goto(`${edge}/definitions/${name}`);
  await page.getByRole('link', { name: 'Edit' }).click();
  const graph = page.getByRole('group', { name: `Graph of ${name}` });
  await expect(graph.getByRole('button', { name: /^first, Inline/ })).toBeVisible();
  await expect(page.getByText('The cluster would take this.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save …' })).toHaveAttribute('aria-disabled', 'true');

  await test.step('completion brings a whole task, and the graph follows', async () => {
    await clickBehind(page, '"tasks": [');
    await page.keyboard.press('Enter');
    await page.keyboard.type('wai');
    await page.getByRole('option', { name: /^wait/ }).click();
    await expect(editor(page).locator('.cm-line', { hasText: '"type": "WAIT"' })).toHaveCount(1);
    await expect(graph.getByRole('button', { name: /^wait_ref, Wait/ })).toBeVisible();
    await expect(page.getByText('The cluster would take this.')).toBeVisible();
  });

  await test.step('it knows the tasks of the cluster, and what they want', async () => {
    await clickBehind(page, '"tasks": [');
    await page.keyboard.press('Enter');
    await page.keyboard.type(letter.slice(0, -2));
    await page.getByRole('option', { name: letter }).click();
    await expect(editor(page).locator('.cm-line', { hasText: '"addressee": ""' })).toHaveCount(1);
    await expect(graph.getByRole('button', { name: new RegExp(`^${letter}_ref, `) })).toBeVisible();
    await expect(page.getByText('The cluster would take this.')).toBeVisible();
  });

  await test.step('what the cluster would refuse is told, and leads to its place', async () => {
    await replaceEnd(page, '"wait_ref",', '"first",');
    const problem = page.getByRole('list', { name: 'Problems' }).getByRole('button').first();
    await expect(problem).toContainText('must be unique');
    await expect(editor(page).locator('.cm-lintRange-error')).not.toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Save …' })).toHaveAttribute('aria-disabled', 'true');
    await problem.click();
    await expect(editor(page)).toBeFocused();
    await replaceEnd(page, '"taskReferenceName": "first",', '"taskReferenceName": "wait_ref",');
    await expect(page.getByText('The cluster would take this.')).toBeVisible();
  });

  await test.step('leaving asks', async () => {
    await page.getByRole('link', { name: 'Queues' }).click();
    const question = page.getByRole('dialog', { name: 'Leave without saving?' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    await expect(page).toHaveURL(/\/edit$/);
  });

  await page.getByRole('button', { name: 'Save …' }).click();
  const dialog = page.getByRole('dialog', { name: `Save ${name}?` });
  await expect(dialog.getByRole('list', { name: 'Changes' })).toContainText('wait_ref');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${edge}/definitions/${name}?version=2`);

  await page.getByRole('tab', { name: 'Versions' }).click();
  await expect(page.getByRole('list', { name: 'Changes' }).getByRole('listitem')).toHaveText([
    /Added.*letter_.*_ref/,
    /Added.*wait_ref/,
  ]);
  await expect(page.getByRole('region', { name: 'Changes in the JSON' })).toContainText('"WAIT"');
});

test('who was not quick enough is told so, and overwrites nothing unawares', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('contended');
  await conductor.registerWorkflow({ name, tasks: [inline('mine')] });
  await page.goto(`${edge}/definitions/${name}/edit`);
  await expect(page.getByText('The cluster would take this.')).toBeVisible();
  await clickBehind(page, '"version": 1');
  await page.keyboard.press('Enter');
  await page.keyboard.type('"description": "mine",');
  await expect(page.getByText('The cluster would take this.')).toBeVisible();

  await page.getByRole('button', { name: 'Save …' }).click();
  const dialog = page.getByRole('dialog', { name: `Save ${name}?` });
  await expect(dialog.getByText('Version 2, a new one')).toBeAttached();
  await conductor.registerWorkflow({ name, version: 2, tasks: [inline('theirs')] });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText(`registered version 2 of ${name} meanwhile`);
  await expect(dialog.getByText('Version 3, a new one')).toBeAttached();

  await conductor.replaceWorkflow({ name, version: 1, tasks: [inline('theirs')] });
  await dialog.getByLabel('Save as').selectOption('overwrite');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('changed by somebody since you opened it');
  expect((await conductor.workflow(name, 1)).description).toBeUndefined();
  await dialog.getByLabel('Save as').selectOption('new');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${edge}/definitions/${name}?version=3`);
  expect((await conductor.workflow(name, 3)).description).toBe('mine');
});

test('every template is taken as it is', async ({ page, edge }) => {
  await page.goto(`${edge}/new-definition`);
  const templates = page.getByRole('list', { name: 'Templates' }).getByRole('link');
  await expect(templates.first()).toBeVisible();
  const names = await templates.allTextContents();
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) {
    await page.goto(`${edge}/new-definition`);
    await page.getByRole('link', { name }).click();
    await expect(page.getByText('The cluster would take this.')).toBeVisible();
  }
  await page.getByRole('button', { name: 'Save …' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/definitions\/my_\w+\?version=1$/);
});

test('a task definition is registered, changed as JSON, and deleted', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const task = unique('weigh');
  const workflow = unique('weighing');
  await conductor.registerWorkflow({
    name: workflow,
    tasks: [{ name: task, taskReferenceName: 'scale', type: 'SIMPLE' }],
  });
  await page.goto(`${edge}/task-definitions/${task}`);
  await expect(
    page.getByRole('table', { name: 'Used by' }).getByRole('link', { name: workflow }),
  ).toBeVisible();
  await page.getByRole('link', { name: `Register ${task}` }).click();
  await page.getByLabel('Worker must answer within').fill('0');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Worker must answer within must be at least 1')).toBeVisible();
  await page.getByLabel('Worker must answer within').fill('30');
  await page.getByRole('spinbutton', { name: 'Retries' }).fill('7');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('7 times, 1 min apart')).toBeVisible();

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('tab', { name: 'JSON' }).click();
  await page
    .getByRole('textbox', { name: 'Task definition as JSON' })
    .locator('.cm-line', { hasText: '"retryCount"' })
    .click();
  await page.keyboard.press('End');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('1,');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('once, after 1 min')).toBeVisible();

  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(`${edge}/task-definitions`);
  await page.goto(`${edge}/task-definitions/${task}`);
  await expect(page.getByRole('heading', { name: 'Nothing is registered under this name' })).toBeVisible();
});
