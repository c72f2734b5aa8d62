import { expect, test } from './fixtures';

test('an API key made in the console calls Podium until it is deleted', async ({
  page,
  request,
  cloud,
  account,
}) => {
  const dialog = page.getByRole('dialog');
  await page.goto(cloud);
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('menuitem', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'Create API key' }).click();
  await dialog.getByLabel('Name').fill('laptop');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const secret = await dialog.getByText(/^podium_user_\w+$/).textContent();
  await dialog.getByRole('button', { name: 'I have copied it' }).click();

  const clusters = `${cloud}/api/v1/organizations/${account.organization}/clusters`;
  const headers = { Authorization: `Bearer ${secret}` };
  expect((await request.get(clusters, { headers })).status()).toBe(200);
  await page.getByRole('button', { name: 'Delete laptop' }).click();
  await dialog.getByRole('button', { name: 'Delete key' }).click();
  await expect(page.getByText('No API keys yet')).toBeVisible();
  expect((await request.get(clusters, { headers })).status()).toBe(401);
});

test('a service account gets a role, a key, and is gone with both', async ({
  page,
  request,
  cloud,
  account,
}) => {
  const dialog = page.getByRole('dialog');
  await page.goto(`${cloud}/organizations/${account.organization}/organization`);
  await page.getByLabel('Days at most').fill('30');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await page.getByRole('link', { name: 'Service accounts' }).click();
  await page.getByRole('button', { name: 'Create service account' }).click();
  await dialog.getByLabel('Name').fill('deployer');
  await dialog.getByLabel('Role in the organization').selectOption('Auditor');
  await dialog.getByRole('button', { name: 'Create service account' }).click();
  await page.getByRole('button', { name: 'Create API key of deployer' }).click();
  await dialog.getByLabel('Name').fill('pipeline');
  await expect(dialog.getByLabel('Valid for')).toHaveValue('30');
  await expect(dialog.getByLabel('Valid for').getByRole('option')).toHaveText(['7 days', '30 days']);
  await dialog.getByLabel('Valid for').selectOption('7 days');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const secret = await dialog.getByText(/^podium_service_\w+$/).textContent();
  await dialog.getByRole('button', { name: 'I have copied it' }).click();
  await expect(page.getByText('An API key expires within two weeks')).toBeVisible();

  const organization = `${cloud}/api/v1/organizations/${account.organization}`;
  const headers = { Authorization: `Bearer ${secret}` };
  expect((await request.get(`${organization}/members`, { headers })).status()).toBe(200);
  const refused = await request.post(`${organization}/clusters`, { headers, data: { name: 'second' } });
  expect(refused.status()).toBe(403);
  await page.getByRole('button', { name: 'Delete deployer' }).click();
  await dialog.getByRole('button', { name: 'Delete service account' }).click();
  await expect(page.getByText('No service accounts yet')).toBeVisible();
  expect((await request.get(`${organization}/members`, { headers })).status()).toBe(401);
  await page.getByRole('link', { name: 'Audit log' }).click();
  await expect(page.getByText(/service-account\/deployer/).first()).toBeVisible();
});
