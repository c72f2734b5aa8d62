import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

/** Checks the open page against WCAG 2.2 AA in both themes. */
async function expectAccessible(page: Page) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    const found = violations.map(({ id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      elements: nodes.map(({ target, failureSummary }) => `${target.join(' ')} — ${failureSummary}`),
    }));
    expect.soft(found, `${page.url()} in ${colorScheme}`).toEqual([]);
  }
}

test('pages without an account', async ({ page, cloud }) => {
  for (const [path, heading] of [
    ['sign-up', 'Create your account'],
    ['sign-in', 'Sign in'],
  ]) {
    await page.goto(`${cloud}/${path}`);
    await expect(page.getByRole('heading', { name: heading })).toBeVisible();
    await expectAccessible(page);
  }
});

test('pages of an organization and a cluster', async ({ page, cloud, cluster }) => {
  test.slow();
  const organization = `${cloud}/organizations/${cluster.organization}`;
  const one = `${organization}/clusters/${cluster.name}`;
  for (const [address, wanted] of [
    [`${organization}/clusters`, cluster.name],
    [`${organization}/create-cluster`, 'Create cluster'],
    [`${organization}/operations`, 'Operations'],
    [`${organization}/members`, 'Members'],
    [one, cluster.name],
    [`${one}/connect`, cluster.name],
    [`${one}/access-keys`, cluster.name],
    [`${one}/settings`, cluster.name],
    [`${cloud}/new-organization`, 'New organization'],
    [`${organization}/nowhere`, ''],
  ] as const) {
    await page.goto(address);
    await expect(page.getByText(wanted).first()).toBeVisible();
    await expectAccessible(page);
  }
  await page.goto(`${organization}/operations`);
  await page.getByRole('link', { name: `Create cluster ${cluster.name}` }).click();
  await expect(page.getByRole('group', { name: /^Graph of / })).toBeVisible();
  await expectAccessible(page);
});

test('an organization without clusters', async ({ page, cloud, account }) => {
  await page.goto(`${cloud}/organizations/${account.organization}/clusters`);
  await expect(page.getByRole('heading', { name: 'Create your first cluster' })).toBeVisible();
  await expectAccessible(page);
});

test('pages of the cluster console', async ({ page, edge }) => {
  test.slow();
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('accessible');
  await conductor.registerTask(name, { retryCount: 1, retryDelaySeconds: 0 });
  await conductor.registerWorkflow({
    name,
    description: 'Fails once, then waits',
    inputParameters: ['n'],
    tasks: [
      { name, taskReferenceName: 'work', type: 'SIMPLE' },
      { name: 'wait', taskReferenceName: 'wait', type: 'WAIT' },
    ],
  });
  const id = await conductor.start(name, { n: 1 });
  await conductor.work(name, () => ({ status: 'FAILED', reasonForIncompletion: 'not this time' }));
  await conductor.work(name, () => ({ status: 'COMPLETED', outputData: { n: 2 } }));
  for (const [path, wanted] of [
    ['/', page.getByRole('table', { name: 'Latest executions' })],
    ['/executions', page.getByRole('table', { name: 'Executions' })],
    ['/definitions', page.getByRole('table', { name: 'Definitions' })],
    [`/definitions/${name}`, page.getByRole('group', { name: `Graph of ${name}` })],
    [`/definitions/${name}?task=work`, page.getByRole('complementary', { name: 'Task work' })],
    [`/definitions/${name}/json`, page.getByText('Fails once, then waits').last()],
    [`/run/${name}`, page.getByRole('form', { name: `Run ${name}` })],
    ['/task-definitions', page.getByRole('link', { name })],
    [`/task-definitions/${name}`, page.getByRole('heading', { name })],
    ['/queues', page.getByRole('heading', { name: 'Queues' })],
    [`/executions/${id}`, page.getByRole('group', { name: `Graph of ${name}` })],
    [`/executions/${id}?task=work`, page.getByRole('complementary', { name: 'Task work' })],
    [`/executions/${id}/timeline`, page.getByRole('grid')],
    [`/executions/${id}/tasks`, page.getByRole('grid')],
    [`/executions/${id}/json`, page.getByText('workflowDefinition').first()],
    ['/nowhere', page.getByRole('heading', { level: 1 })],
  ] as const) {
    await page.goto(edge + path);
    await expect(wanted).toBeVisible();
    await expectAccessible(page);
  }
});
