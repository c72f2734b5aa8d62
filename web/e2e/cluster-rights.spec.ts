import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { expect, newAccount, type ReadyCluster, test, unique } from './fixtures';

const root = path.join(import.meta.dirname, '..', '..');

/** Opens the cluster's own console from its page in the cloud console, as whoever the page belongs to. */
async function openCluster(page: Page, cloud: string, { organization, name }: ReadyCluster): Promise<Page> {
  await page.goto(`${cloud}/organizations/${organization}/clusters/${name}`);
  const opening = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'Open console' }).click();
  const inside = await opening;
  await expect(inside.getByRole('navigation', { name: 'Main' })).toBeVisible();
  return inside;
}

/** A workflow that waits. */
async function register({ conductor }: ReadyCluster, name: string) {
  await conductor.registerWorkflow({
    name,
    tasks: [{ name: 'wait', taskReferenceName: 'wait', type: 'WAIT' }],
  });
}

test('a guest sees and runs what is shared with them, until it is taken back', async ({
  page,
  browser,
  cloud,
  cluster,
}) => {
  const [orders, hidden] = [unique('orders'), unique('hidden')];
  await register(cluster, orders);
  await register(cluster, hidden);
  const other = newAccount();
  const theirs = await browser.newContext();
  await theirs.request.post(`${cloud}/api/v1/signup`, { data: { ...other, name: 'Grace Hopper' } });
  const api = `${cloud}/api/v1/organizations/${cluster.organization}`;
  await page.request.post(`${api}/members`, { data: { email: other.email, role: 'billing' } });

  // The owner lets her in as a guest, and shares one definition with her.
  await page.goto(`${cloud}/organizations/${cluster.organization}/clusters/first/access`);
  await page.getByRole('button', { name: 'Give access' }).click();
  await page.getByRole('dialog').getByLabel('Who').selectOption(`Grace Hopper (${other.email})`);
  await page.getByRole('dialog').getByLabel('Role').selectOption('Guest');
  await page.getByRole('dialog').getByRole('button', { name: 'Give access' }).click();
  await expect(page.getByRole('table', { name: 'Access' })).toContainText(other.email);
  const owners = await openCluster(page, cloud, cluster);
  await owners.goto(`${new URL(owners.url()).origin}/definitions/${orders}/sharing`);
  await owners.getByRole('button', { name: 'Share' }).click();
  const dialog = owners.getByRole('dialog');
  await dialog.getByLabel('With').selectOption('Somebody who has not been here yet …');
  await dialog.getByLabel('E-mail').fill(other.email);
  await dialog.getByLabel('Run it; pause, retry and end its executions').check();
  await dialog.getByRole('button', { name: 'Share' }).click();
  await expect(owners.getByRole('table', { name: 'Shared with' })).toContainText(other.email);

  // She sees just it, runs it, and cannot change it.
  const hers = await openCluster(await theirs.newPage(), cloud, cluster);
  const shared = hers.getByRole('table', { name: 'Shared with you' });
  await expect(shared.getByRole('link', { name: orders })).toBeVisible();
  await expect(hers.getByText(hidden)).toHaveCount(0);
  await expect(hers.getByRole('link', { name: 'Queues' })).toHaveCount(0);
  await shared.getByRole('link', { name: orders }).click();
  await expect(hers.getByRole('button', { name: 'Edit' })).toHaveAttribute('aria-disabled', 'true');
  await hers.getByRole('link', { name: 'Run', exact: true }).click();
  await hers.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(hers.getByRole('group', { name: `Graph of ${orders}` })).toBeVisible();
  const origin = new URL(hers.url()).origin;
  await hers.goto(`${origin}/definitions/${hidden}`);
  await expect(hers.getByRole('heading', { name: 'You may not see this page' })).toBeVisible();
  await hers.goto(`${origin}/run/${orders}`);
  await expect(hers.getByRole('button', { name: 'Run', exact: true })).toBeVisible();

  // Now the owner knows her by name, reads why she may, and takes it back: her next click is refused.
  await owners.goto(`${new URL(owners.url()).origin}/access/people/${other.email}`);
  await expect(owners.getByRole('list', { name: 'What Grace Hopper may do' })).toContainText(
    `Grace Hopper may run the workflow ${orders}`,
  );
  await owners
    .getByRole('button', { name: `Take back from Grace Hopper: run the workflow ${orders}` })
    .click();
  await owners.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await expect(owners.getByText('Nothing is shared yet')).toBeVisible();
  await hers.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(hers.getByRole('heading', { name: 'You may not see this page' })).toBeVisible();
  await theirs.close();
});

test('an application made on the page calls with the official SDK, within its rights', async ({
  page,
  cloud,
  cluster,
}) => {
  const [orders, hidden] = [unique('orders'), unique('hidden')];
  await register(cluster, orders);
  await register(cluster, hidden);
  const inside = await openCluster(page, cloud, cluster);
  await inside.getByRole('link', { name: 'Access', exact: true }).click();
  await inside.getByRole('button', { name: 'New application' }).click();
  const dialog = inside.getByRole('dialog');
  await dialog.getByLabel('Name').fill('web shop');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(inside.getByRole('heading', { name: 'web shop', level: 1 })).toBeVisible();
  await inside.getByRole('button', { name: 'Share something' }).click();
  await dialog.getByLabel('Name').fill(orders);
  await dialog.getByLabel('Run it; pause, retry and end its executions').check();
  await dialog.getByRole('button', { name: 'Share' }).click();
  await expect(inside.getByRole('list', { name: 'What it may do' })).toContainText(orders);

  const newSecret = async (): Promise<NodeJS.ProcessEnv> => {
    const lines = await dialog.getByRole('region', { name: 'environment lines' }).innerText();
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    return Object.fromEntries(
      [...lines.matchAll(/export (\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
  };
  const start = async (env: NodeJS.ProcessEnv, workflow: string) =>
    (
      await promisify(execFile)('go', ['run', './web/e2e/sdk', workflow], {
        cwd: root,
        env: { ...process.env, ...env },
      })
    ).stdout.trim();

  await inside.getByRole('button', { name: 'Create access key' }).click();
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const first = await newSecret();
  const id = await start(first, orders);
  expect(await cluster.conductor.status(id)).toBe('RUNNING');
  await expect(start(first, hidden)).rejects.toThrow(/403|EXECUTE/);

  // Two secrets are good while one is replaced; a paused key lets nobody in.
  await inside.getByRole('button', { name: /^Renew the secret/ }).click();
  await dialog.getByRole('button', { name: 'Renew secret' }).click();
  const second = await newSecret();
  await expect(inside.getByText(/two secrets/)).toBeVisible();
  expect(await start(first, orders)).not.toBe('');
  expect(await start(second, orders)).not.toBe('');
  await inside.reload();
  await expect(inside.getByRole('row', { name: /two secrets/ })).not.toContainText('Never');
  await inside.getByRole('button', { name: /^Pause key/ }).click();
  await expect(inside.getByText('Paused', { exact: true })).toBeVisible();
  await expect(start(second, orders)).rejects.toThrow();
});
