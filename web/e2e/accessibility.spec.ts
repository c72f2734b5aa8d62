import type { Locator, Page } from '@playwright/test';
import { expectAccessible } from './accessible';
import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

for (const [path, heading] of [
  ['sign-up', 'Create your account'],
  ['sign-in', 'Sign in'],
] as const) {
  test(`cloud: ${path}`, async ({ page, cloud }) => {
    await page.goto(`${cloud}/${path}`);
    await expect(page.getByRole('heading', { name: heading })).toBeVisible();
    await expectAccessible(page);
  });
}

test('cloud: an organization without clusters', async ({ page, cloud, account }) => {
  await page.goto(`${cloud}/organizations/${account.organization}/clusters`);
  await expect(page.getByRole('heading', { name: 'Create your first cluster' })).toBeVisible();
  await expectAccessible(page);
});

for (const [path, heading] of [
  ['clusters', 'Clusters'],
  ['create-cluster', 'Create cluster'],
  ['operations', 'Operations'],
  ['members', 'Members'],
  ['groups', 'Groups'],
  ['organization', 'Organization'],
  ['single-sign-on', 'Single sign-on'],
  ['single-sign-on/new', 'Add identity provider'],
  ['clusters/first', 'first'],
  ['clusters/first/connect', 'first'],
  ['clusters/first/access-keys', 'first'],
  ['clusters/first/access', 'first'],
  ['clusters/first/settings', 'first'],
  ['nowhere', 'Not found'],
  ['usage', 'Usage'],
  ['service-accounts', 'Service accounts'],
] as const) {
  test(`cloud: ${path}`, async ({ page, cloud, cluster }) => {
    await page.goto(`${cloud}/organizations/${cluster.organization}/${path}`);
    await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible();
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
    await expectAccessible(page);
  });
}

for (const [path, heading] of [
  ['projects', 'Projects'],
  ['projects/default', 'default'],
  ['roles', 'Roles'],
  ['new-role', 'Create role'],
  ['compare-roles', 'Compare roles'],
] as const) {
  test(`cloud: ${path}`, async ({ page, cloud, account }) => {
    await page.goto(`${cloud}/organizations/${account.organization}/${path}`);
    await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible();
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
    await expectAccessible(page);
  });
}

test('cloud: a new organization', async ({ page, cloud, account }) => {
  await page.goto(`${cloud}/new-organization`);
  await expect(page.getByRole('heading', { name: 'New organization' })).toBeVisible();
  await expect(page.getByText(account.organization)).toHaveCount(0);
  await expectAccessible(page);
});

test('cloud: sessions', async ({ page, cloud, account }) => {
  await page.goto(`${cloud}/sessions`);
  await expect(page.getByRole('table', { name: 'Sessions' })).toBeVisible();
  await expect(page.getByText(account.organization)).toHaveCount(0);
  await expectAccessible(page);
});

test('cloud: API keys', async ({ page, cloud, account }) => {
  await page.goto(`${cloud}/api-keys`);
  await expect(page.getByText('No API keys yet')).toBeVisible();
  await expect(page.getByText(account.organization)).toHaveCount(0);
  await expectAccessible(page);
});

test('cloud: an operation', async ({ page, cloud, cluster }) => {
  await page.goto(`${cloud}/organizations/${cluster.organization}/operations`);
  await page.getByRole('link', { name: `Create cluster ${cluster.name}` }).click();
  await expect(page.getByRole('group', { name: /^Graph of / })).toBeVisible();
  await expectAccessible(page);
});

test('cluster: who may do what', async ({ page, cloud, cluster }) => {
  const path = `${cloud}/api/v1/organizations/${cluster.organization}/clusters/${cluster.name}/console-sessions`;
  const { url } = await (await page.request.post(path)).json();
  await page.goto(url);
  await page.getByRole('link', { name: 'Access', exact: true }).click();
  await page.getByRole('button', { name: 'New application' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('web shop');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('It may do nothing here')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Share something' }).click();
  await expect(page.getByRole('group', { name: 'They may' })).toBeVisible();
  await expectAccessible(page);
});

/** A workflow whose first task failed once and whose second waits. */
async function waiting(edge: string) {
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
  return { name, id };
}

const graph = (page: Page, name: string) => page.getByRole('group', { name: `Graph of ${name}` });
const panel = (page: Page) => page.getByRole('complementary', { name: 'Task work' });

for (const [path, wanted] of [
  ['/', (page) => page.getByRole('table', { name: 'Latest executions' })],
  ['/executions', (page) => page.getByRole('table', { name: 'Executions' })],
  ['/definitions', (page) => page.getByRole('table', { name: 'Definitions' })],
  ['/definitions/NAME', graph],
  ['/definitions/NAME?task=work', panel],
  ['/definitions/NAME/json', (page) => page.getByRole('tabpanel', { name: 'JSON' })],
  ['/definitions/NAME/versions', (page) => page.getByRole('table', { name: 'Versions' })],
  ['/definitions/NAME/edit', (page) => page.getByText('The cluster would take this.')],
  ['/new-definition', (page) => page.getByRole('list', { name: 'Templates' })],
  ['/run/NAME', (page, name) => page.getByRole('form', { name: `Run ${name}` })],
  ['/task-definitions', (page, name) => page.getByRole('link', { name })],
  ['/task-definitions/NAME', (page, name) => page.getByRole('heading', { name, level: 1 })],
  ['/task-definitions/NAME/edit', (page) => page.getByRole('form', { name: 'Task definition' })],
  ['/queues/NAME', (page) => page.getByRole('table', { name: 'Tasks waiting' })],
  ['/new-schedule', (page) => page.getByRole('form', { name: 'Schedule' })],
  ['/new-event-handler', (page) => page.getByRole('form', { name: 'Event handler' })],
  ['/secrets', (page) => page.getByRole('tab', { name: 'Environment' })],
  ['/queues', (page) => page.getByRole('heading', { name: 'Queues', level: 1 })],
  ['/executions/ID', graph],
  ['/executions/ID?task=work', panel],
  ['/executions/ID/timeline', (page) => page.getByRole('grid')],
  ['/executions/ID/tasks', (page) => page.getByRole('grid')],
  ['/executions/ID/json', (page) => page.getByRole('tabpanel', { name: 'JSON' })],
  ['/access', (page) => page.getByText('This cluster runs without credentials')],
  ['/nowhere', (page) => page.getByRole('heading', { level: 1 })],
] as [string, (page: Page, name: string) => Locator][]) {
  test(`cluster: ${path}`, async ({ page, edge }) => {
    const { name, id } = await waiting(edge);
    await page.goto(edge + path.replace('NAME', name).replace('ID', id));
    await expect(wanted(page, name)).toBeVisible();
    await expectAccessible(page);
  });
}
