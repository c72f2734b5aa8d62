import { expect, test } from './fixtures';

test('a cluster is protected, paused and resumed', async ({ page, cloud, account, cluster }) => {
  const settings = `${cloud}/organizations/${account.organization}/clusters/${cluster.name}/settings`;
  await page.goto(settings);
  await page.getByRole('switch', { name: 'Protected from deletion' }).click();
  await expect(page.getByRole('switch', { name: 'Protected from deletion' })).toBeChecked();
  await expect(page.getByRole('button', { name: 'Delete cluster' })).toHaveAttribute('aria-disabled', 'true');

  await page.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog', { name: `Pause ${cluster.name}?` });
  await expect(dialog).toContainText('All nodes stop.');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('heading', { name: `Pause cluster ${cluster.name}` })).toBeVisible();
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible();

  await page.goto(settings);
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page
    .getByRole('dialog', { name: `Resume ${cluster.name}?` })
    .getByRole('button', { name: 'Resume' })
    .click();
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible();
  await page.goto(settings);
  await expect(page.getByText('Ready', { exact: true })).toBeVisible();

  await page.getByRole('switch', { name: 'Protected from deletion' }).click();
  await expect(page.getByRole('switch', { name: 'Protected from deletion' })).not.toBeChecked();
  await expect(page.getByRole('button', { name: 'Delete cluster' })).toBeEnabled();
});
