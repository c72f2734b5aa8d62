import { expect, test } from './fixtures';

test('a cluster is created as specified, and resized', async ({ page, cloud, account }) => {
  await page.goto(`${cloud}/organizations/${account.organization}/create-cluster`);
  await page.getByLabel('Name').fill('sized');
  const told = page.getByRole('region', { name: 'What happens' });
  await expect(told).toContainText('1 node of size small starts');
  await expect(told).toContainText('Nothing is charged for clusters here.');
  await page.getByText('Size and software').click();
  await page.getByLabel('Size of each node').selectOption('medium');
  await expect(told).toContainText('1 node of size medium starts');
  await page.getByRole('button', { name: 'Create cluster' }).click();
  await expect(page.getByText('sized is ready')).toBeVisible();

  await page.goto(`${cloud}/organizations/${account.organization}/clusters/sized/settings`);
  await page.getByLabel('Size of each node').selectOption('small');
  await page.getByRole('button', { name: 'Resize' }).click();
  const dialog = page.getByRole('dialog', { name: 'Resize sized?' });
  await expect(dialog).toContainText('with the size small in place of medium');
  await dialog.getByRole('button', { name: 'Resize' }).click();
  await expect(page.getByRole('heading', { name: 'Resize cluster sized' })).toBeVisible();
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible();

  await page.goto(`${cloud}/organizations/${account.organization}/clusters/sized/events`);
  const events = page.getByRole('list', { name: 'Events' });
  await expect(events).toContainText('Resized');
  await expect(events).toContainText('medium → small');
  await expect(events).toContainText('Node 0 joined');
  await expect(events).toContainText('Created');
});
