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

test('a member is signed out by an owner', async ({ page, browser, cloud, account }) => {
  const other = newAccount();
  const theirs = await browser.newContext();
  await theirs.request.post(`${cloud}/api/v1/signup`, { data: { ...other, name: 'Grace Hopper' } });
  await page.request.post(`${cloud}/api/v1/organizations/${account.organization}/members`, {
    data: { email: other.email, role: 'member' },
  });
  expect((await theirs.request.get(`${cloud}/api/v1/me`)).status()).toBe(200);

  await page.goto(`${cloud}/organizations/${account.organization}/members`);
  await page.getByRole('button', { name: 'Where Grace Hopper is signed in' }).click();
  const dialog = page.getByRole('dialog', { name: 'Where Grace Hopper is signed in' });
  await expect(dialog.getByRole('table', { name: 'Sessions of Grace Hopper' })).toContainText('127.0.0.1');
  await dialog.getByRole('button', { name: 'End all' }).click();
  await expect(dialog).toBeHidden();
  expect((await theirs.request.get(`${cloud}/api/v1/me`)).status()).toBe(401);
  expect((await page.request.get(`${cloud}/api/v1/me`)).status()).toBe(200);
});
