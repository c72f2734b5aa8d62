import { expect, newAccount, test } from './fixtures';

test('somebody is given one cluster, and loses it again', async ({ page, browser, cloud, cluster }) => {
  const other = newAccount();
  const theirs = await browser.newContext();
  await theirs.request.post(`${cloud}/api/v1/signup`, { data: { ...other, name: 'Grace Hopper' } });
  const api = `${cloud}/api/v1/organizations/${cluster.organization}`;
  await page.request.post(`${api}/members`, { data: { email: other.email, role: 'billing' } });
  expect((await theirs.request.get(`${api}/clusters/first`)).status()).toBe(404);

  await page.goto(`${cloud}/organizations/${cluster.organization}/clusters/first/access`);
  await page.getByRole('button', { name: 'Give access' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Who').selectOption(`Grace Hopper (${other.email})`);
  await dialog.getByLabel('Role').selectOption('Operator');
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await expect(page.getByRole('table', { name: 'Access' })).toContainText(other.email);
  expect((await theirs.request.get(`${api}/clusters/first`)).status()).toBe(200);

  await page.getByRole('button', { name: `Take Operator back from ${other.email}` }).click();
  await dialog.getByRole('button', { name: 'Take back' }).click();
  await expect(page.getByText('Nobody was given a role here')).toBeVisible();
  expect((await theirs.request.get(`${api}/clusters/first`)).status()).toBe(404);
});
