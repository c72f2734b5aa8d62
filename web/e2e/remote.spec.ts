import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from './fixtures';

const binaries = path.join(import.meta.dirname, '..', '..', 'bin');

test('a data plane in the own network joins by the line of the join page; its console opens through the link, and its usage is shown', async ({
  page,
  context,
  cloud,
  account,
}) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'podium-e2e-join-'));
  let child: ChildProcess | undefined;
  try {
    await page.goto(`${cloud}/organizations/${account.organization}/create-cluster`);
    await page.getByLabel('Name', { exact: true }).fill('own');
    await page.getByText('Your own network', { exact: true }).click();
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await expect(page.getByRole('heading', { name: 'Join own' })).toBeVisible();
    await expect(page.getByText("Waiting for the data plane's call")).toBeVisible();
    await page.getByRole('button', { name: 'Make a join token' }).click();
    await page.getByRole('tab', { name: 'Program' }).click();
    const line = await page.getByText(/^PODIUM_EDGE_JOIN_TOKEN=/).innerText();
    const command = line
      .replace(' edge ', ` exec ${path.join(binaries, 'edge')} --listen 127.0.0.1:0 `)
      .replace('./podium-data', path.join(folder, 'data'))
      .replace(' exec', '; exec')
      .concat(' --console-through-link');
    child = spawn('sh', ['-c', `export ${command}`], { stdio: 'ignore' });
    await expect(page.getByText('The data plane calls', { exact: true })).toBeVisible();
    await page.getByRole('link', { name: 'Go to the cluster' }).click();
    await expect(page.getByText('Ready', { exact: true })).toBeVisible();

    const opening = context.waitForEvent('page');
    await page.getByRole('button', { name: 'Open console' }).click();
    const console = await opening;
    await expect(console).toHaveURL(new RegExp(`^${cloud}/through/clu_`));
    const main = console.getByRole('navigation', { name: 'Main' });
    await main.getByRole('link', { name: 'Definitions', exact: true }).click();
    await expect(console).toHaveURL(/\/through\/clu_\w+\/definitions$/);
    await expect(console.getByRole('heading', { name: 'Definitions', exact: true })).toBeVisible();
    await console.reload(); // its files and its token are found from here too
    await expect(console.getByRole('heading', { name: 'Definitions', exact: true })).toBeVisible();
    await console.close();

    await page.getByRole('tab', { name: 'Usage' }).click();
    await expect(page.getByText(/Storage by day/).first()).toBeAttached({ timeout: 45_000 });

    await page.getByRole('tab', { name: 'Nodes' }).click();
    await page.getByRole('button', { name: /^Actions for node_/ }).click();
    await page.getByRole('menuitem', { name: 'Collect diagnostics' }).click();
    await page.getByRole('button', { name: 'Ask the node' }).click();
    await expect(page.getByRole('table', { name: 'Asked of nodes' })).toContainText('Done');
    await page.getByRole('button', { name: 'Show answer' }).click();
    await expect(page.getByRole('table', { name: 'Answer' })).toContainText('Platform');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Actions for node_/ }).click();
    await page.getByRole('menuitem', { name: 'Drain it' }).click();
    await page.getByRole('button', { name: 'Ask the node' }).click();
    const nodes = page.getByRole('table', { name: 'Nodes', exact: true });
    await expect(nodes).toContainText('Drained', { timeout: 60_000 });
    await page.getByRole('button', { name: /^Actions for node_/ }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke node' }).click();
    await expect(page.getByRole('table', { name: 'Nodes', exact: true })).toContainText('Revoked');
  } finally {
    if (child !== undefined) {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  }
});
