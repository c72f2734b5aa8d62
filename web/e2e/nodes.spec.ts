import { expect, test } from './fixtures';

test('a cluster shows its node, and says why there is one', async ({ page, cloud, account, cluster }) => {
  await page.goto(`${cloud}/organizations/${account.organization}/clusters/${cluster.name}/nodes`);
  const row = page.getByRole('table', { name: 'Nodes' }).getByRole('row').nth(1);
  await expect(row).toContainText('Node 0');
  await expect(row).toContainText('Healthy');
  await expect(row).toContainText('MiB');
  await expect(page.getByRole('button', { name: 'Remove a node' })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('button', { name: 'Add a node' }).click();
  const dialog = page.getByRole('dialog', { name: `Add a node to ${cluster.name}?` });
  await expect(dialog).toContainText('more need a control plane with PostgreSQL and Redis');
});
