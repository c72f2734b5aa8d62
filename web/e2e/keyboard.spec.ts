import type { Locator, Page } from '@playwright/test';
import { Conductor } from './conductor';
import { expect, newAccount, test, unique } from './fixtures';

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator) {
  await expect(target).toBeVisible();
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`60 presses of Tab did not lead to ${target}`);
}

test('sign up and create a cluster by keyboard', async ({ page, cloud }) => {
  const account = newAccount();
  await page.goto(`${cloud}/sign-up`);
  await expect(page.getByLabel('Work e-mail')).toBeFocused();
  await page.keyboard.type(account.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(account.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(account.password);
  await tabTo(page, page.getByLabel('Organization'));
  await page.keyboard.type(account.organization);
  await page.keyboard.press('Enter');

  await tabTo(page, page.getByLabel('Name', { exact: true }));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('by-keyboard');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Create cluster by-keyboard' })).toBeVisible();
  await expect(page.getByText('Succeeded')).toBeVisible();

  await tabTo(page, page.getByRole('button', { name: 'Theme' }));
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', /light|dark/);
});

test('walk the graph and terminate by keyboard', async ({ page, edge }) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('keyboard');
  const wait = (ref: string) => ({ name: ref, taskReferenceName: ref, type: 'WAIT' });
  await conductor.registerWorkflow({ name, tasks: [wait('one'), wait('two'), wait('three')] });
  const id = await conductor.start(name);
  await page.goto(`${edge}/executions/${id}`);
  const graph = page.getByRole('group', { name: `Graph of ${name}` });

  // "/" finds a task, Enter selects it.
  await expect(graph.getByRole('button', { name: /^one, / })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('two');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Task two' })).toBeVisible();

  // Arrow keys walk along the edges.
  await graph.getByRole('button', { name: /^two, / }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(graph.getByRole('button', { name: /^three, / })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Task three' })).toBeVisible();

  await page.reload();
  await expect(page.getByRole('complementary', { name: 'Task three' })).toBeVisible(); // the address holds the selection
  await tabTo(page, page.getByRole('button', { name: 'Terminate', exact: true }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Terminate this execution?' });
  await tabTo(page, dialog.getByLabel('Reason'));
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Terminated', { exact: true }).first()).toBeVisible();
});
