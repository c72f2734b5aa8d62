import { expect, newAccount, test } from './fixtures';

test('a role that is changed holds at the next call', async ({ page, browser, cloud, account }) => {
  const other = newAccount();
  const theirs = await browser.newContext();
  await theirs.request.post(`${cloud}/api/v1/signup`, { data: { ...other, name: 'Grace Hopper' } });
  const api = `${cloud}/api/v1/organizations/${account.organization}`;
  await page.request.post(`${api}/members`, { data: { email: other.email, role: 'member' } });
  expect((await theirs.request.get(`${api}/audit`)).status()).toBe(403);

  await page.goto(`${cloud}/organizations/${account.organization}/members`);
  await page.getByRole('button', { name: 'Role of Grace Hopper: Member' }).click();
  await page.getByRole('menuitemradio', { name: 'Auditor' }).click();
  await expect(page.getByRole('button', { name: 'Role of Grace Hopper: Auditor' })).toBeVisible();
  expect((await theirs.request.get(`${api}/audit`)).status()).toBe(200);
});
