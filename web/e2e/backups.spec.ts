import { expect, test } from './fixtures';

test('a cluster is backed up, downloaded by a link, and restored into a new one behind a fence', async ({
  page,
  playwright,
  cloud,
  account,
  cluster,
}) => {
  const { conductor } = cluster;
  await conductor.registerWorkflow({
    name: 'precious',
    tasks: [
      { name: 'wait', taskReferenceName: 'wait', type: 'WAIT', inputParameters: { duration: '1 hours' } },
    ],
  });
  const id = await conductor.start('precious', { n: 1 });
  const clusters = `${cloud}/organizations/${account.organization}/clusters`;

  await page.goto(`${clusters}/${cluster.name}/backups`);
  await expect(page.getByText('No backups yet')).toBeVisible();
  await page.getByRole('button', { name: 'Back up now' }).click();
  const asked = page.getByRole('dialog', { name: `Back up ${cluster.name}?` });
  await expect(asked).toContainText('while it serves');
  await asked.getByRole('button', { name: 'Back up' }).click();
  await expect(page.getByRole('heading', { name: `Back up cluster ${cluster.name}` })).toBeVisible();
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible();

  await page.goto(`${clusters}/${cluster.name}/backups`);
  await page.getByRole('button', { name: /^Actions for manual-/ }).click();
  await page.getByRole('menuitem', { name: 'Download' }).click();
  const download = page.getByRole('dialog', { name: /^Download manual-/ });
  await expect(download.getByText(/^AGE-SECRET-KEY-1/)).toBeVisible();
  await download.getByRole('button', { name: 'Make a link for a server' }).click();
  const line = await download
    .getByRole('region', { name: 'Download it on a server' })
    .locator('code')
    .innerText();
  const stranger = await playwright.request.newContext(); // a server has no session
  const file = await stranger.get(/'(.+)'/.exec(line)?.[1] ?? '');
  expect(file.status()).toBe(200);
  expect((await file.body()).toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/);
  const direct = await download.getByRole('link', { name: 'Download the file' }).getAttribute('href');
  expect((await stranger.get(`${cloud}${direct}`)).status()).toBe(401);
  await stranger.dispose();
  await page.keyboard.press('Escape');
  await expect(download).toBeHidden();

  await page.getByRole('button', { name: /^Actions for manual-/ }).click();
  await page.getByRole('menuitem', { name: 'Restore into a new cluster' }).click();
  const dialog = page.getByRole('dialog', { name: /^Restore manual-.* into a new cluster$/ });
  await expect(dialog).toContainText('It is fenced');
  await dialog.getByLabel('Name of the new cluster').fill('second');
  await dialog.getByRole('button', { name: 'Create cluster' }).click();
  await expect(page.getByText('Bring in the backup')).toBeVisible();
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible({ timeout: 60_000 });

  await page.goto(`${clusters}/second`);
  await expect(page.getByText('This cluster is a fenced copy')).toBeVisible();
  const session = await page.request.post(
    `${cloud}/api/v1/organizations/${account.organization}/clusters/second/console-sessions`,
    { data: {} },
  );
  const { url } = await session.json();
  await page.goto(url);
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible(); // now the session is kept
  await page.goto(`${new URL(url).origin}/executions/${id}`);
  await expect(page.getByText('precious').first()).toBeVisible();
  await expect(page.getByText('This cluster is a fenced copy')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Lift the fence' })).toBeEnabled();

  await page.goto(`${clusters}/second`);
  await page.getByRole('button', { name: 'Lift the fence' }).click();
  await page
    .getByRole('dialog', { name: 'Lift the fence of second?' })
    .getByRole('button', { name: 'Lift the fence' })
    .click();
  await expect(page.getByText('This cluster is a fenced copy')).toBeHidden();
  await page.goto(`${new URL(url).origin}/executions/${id}`);
  await expect(page.getByText('precious').first()).toBeVisible();
  await expect(page.getByText('This cluster is a fenced copy')).toBeHidden();
});
