import { expect, newAccount, test } from './fixtures';

test('a role is made by ticks, holds at the next call, and stays while somebody has it', async ({
  page,
  browser,
  cloud,
  account,
}) => {
  const organization = `${cloud}/organizations/${account.organization}`;
  const api = `${cloud}/api/v1/organizations/${account.organization}`;
  const other = newAccount();
  const theirs = await browser.newContext();
  await theirs.request.post(`${cloud}/api/v1/signup`, { data: { ...other, name: 'Grace Hopper' } });
  await page.request.post(`${api}/members`, { data: { email: other.email, role: 'billing' } });
  const readsAudit = async () => (await theirs.request.get(`${api}/audit`)).status();

  await page.goto(`${organization}/roles`);
  await page.getByRole('button', { name: 'Copy Billing' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Bookkeeper');
  await page.getByRole('button', { name: 'Create role' }).click();
  await expect(page.getByText('Nobody at the moment.')).toBeVisible();

  await page.getByRole('link', { name: 'Members' }).click();
  await page.getByRole('button', { name: 'Role of Grace Hopper: Billing' }).click();
  await page.getByRole('menuitemradio', { name: 'Bookkeeper' }).click();
  await expect(page.getByRole('button', { name: 'Role of Grace Hopper: Bookkeeper' })).toBeVisible();
  expect(await readsAudit()).toBe(403);

  await page.getByRole('link', { name: 'Roles', exact: true }).click();
  await page.getByRole('link', { name: 'Bookkeeper' }).click();
  await expect(page.getByRole('table', { name: 'Who has it' })).toContainText(other.email);
  await expect(page.getByRole('button', { name: 'Delete role' })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('checkbox', { name: 'See who changed what' }).check();
  await page.getByRole('button', { name: 'Save role' }).click();
  await expect.poll(readsAudit).toBe(200);

  await page.getByRole('checkbox', { name: 'See who changed what' }).uncheck();
  await page.getByRole('button', { name: 'Save role' }).click();
  await expect.poll(readsAudit).toBe(403);

  await page.request.post(`${api}/members`, { data: { email: other.email, role: 'billing' } });
  await page.reload();
  await page.getByRole('button', { name: 'Delete role' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete role' }).click();
  await expect(page.getByRole('heading', { name: 'Roles', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Bookkeeper' })).toHaveCount(0);
});
