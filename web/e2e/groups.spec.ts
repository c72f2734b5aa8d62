import { expect, test } from './fixtures';

test('a group is filled, given a cluster, and deleted with what it was given', async ({
  page,
  cloud,
  cluster,
  account,
}) => {
  const organization = `${cloud}/organizations/${cluster.organization}`;
  const dialog = page.getByRole('dialog');
  await page.goto(`${organization}/groups`);
  await page.getByRole('button', { name: 'Create group' }).click();
  await dialog.getByLabel('Name').fill('Night shift');
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await page.getByRole('button', { name: 'Add member to Night shift' }).click();
  await dialog.getByLabel('Member').selectOption(`${account.name} (${account.email})`);
  await dialog.getByRole('button', { name: 'Add member' }).click();
  await expect(page.getByRole('table', { name: 'Members of Night shift' })).toContainText(account.email);

  await page.goto(`${organization}/clusters/first/access`);
  await page.getByRole('button', { name: 'Give access' }).click();
  await dialog.getByLabel('Who').selectOption('Night shift');
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await expect(page.getByRole('row', { name: /Night shift/ })).toContainText('Developer');

  await page.getByRole('link', { name: 'Groups' }).click();
  await expect(page.getByText('Was given: Developer in first.')).toBeVisible();
  await page.getByRole('button', { name: 'Delete Night shift' }).click();
  await dialog.getByRole('button', { name: 'Delete group' }).click();
  await expect(page.getByText('No groups yet')).toBeVisible();
  await page.goto(`${organization}/clusters/first/access`);
  await expect(page.getByText('Nobody was given a role here')).toBeVisible();
});
