import { expect, test } from './fixtures';

test('an organization is to be deleted, says so everywhere, changes nothing, and is kept', async ({
  page,
  cloud,
  cluster,
}) => {
  const org = cluster.organization;
  await page.goto(`${cloud}/organizations/${org}/organization`);
  await page.getByRole('button', { name: `Delete ${org}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(`Type ${org} to confirm`).fill(org);
  await page.keyboard.press('Enter');
  await expect(page.getByText(`${org} will be deleted`)).toBeVisible();

  await page.getByRole('link', { name: 'Groups' }).click();
  await expect(page.getByText(`${org} will be deleted`)).toBeVisible();
  await page.getByRole('button', { name: 'Create group' }).click();
  await dialog.getByLabel('Name').fill('Too late');
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog.getByRole('alert')).toContainText('will be deleted on');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: `Keep ${org}` }).click();
  await expect(page.getByText(`${org} will be deleted`)).toBeHidden();
  await page.getByRole('link', { name: 'Usage' }).click();
  await expect(page.getByRole('heading', { name: 'Plan: Unlimited' })).toBeVisible();
});
