import { expectAccessible } from './accessible';
import { AWS } from './aws';
import { test as base, expect, newAccount } from './fixtures';

/** Accounts are in a cloud of their own. */
const test = base.extend<object, { aws: AWS }>({
  aws: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures that are used from the pattern
    async ({}, use) => {
      const aws = await AWS.start();
      await use(aws);
      await aws.stop();
    },
    { scope: 'worker' },
  ],
});

test('an AWS account is added, its role made and proven, and a cluster begun in it', async ({
  page,
  aws,
}) => {
  const person = newAccount();
  expect((await page.request.post(`${aws.origin}/api/v1/signup`, { data: person })).ok()).toBe(true);
  await page.goto(`${aws.origin}/organizations/${person.organization}/cloud-accounts`);
  await expect(page.getByText('No cloud accounts yet')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'Add account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('production');
  await dialog.getByLabel('AWS account').fill('2109 8765 4321');
  await dialog.getByRole('button', { name: 'Add account' }).click();
  await expect(page.getByText('AWS account 210987654321 · eu-central-1')).toBeVisible();
  await page.getByRole('button', { name: 'Check production' }).click();
  await expect(page.getByRole('list', { name: 'Checks' })).toContainText(
    'does not let Podium in, or does not exist',
  );

  await page.getByRole('tab', { name: 'AWS CLI' }).click();
  await expectAccessible(page);
  const commands = await page.getByRole('region', { name: 'AWS CLI' }).locator('code').innerText();
  await aws.shell('210987654321', commands);
  await page.getByRole('button', { name: 'Check production' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Checks' })).toContainText('nobody without it or with another');

  await page.goto(`${aws.origin}/organizations/${person.organization}/create-cluster`);
  await page.getByLabel('Name').fill('theirs');
  await page.getByLabel(/Amazon Web Services/).click();
  await page
    .getByLabel('Whose AWS account')
    .selectOption({ label: 'Yours: production (210987654321, eu-central-1)' });
  await page.getByRole('button', { name: 'Create cluster' }).click();
  await expect(page.getByRole('heading', { name: 'Create cluster theirs' })).toBeVisible();
  const cluster = `${aws.origin}/api/v1/organizations/${person.organization}/clusters/theirs`;
  expect(await (await page.request.get(cluster)).json()).toMatchObject({ cloud: 'aws', model: 'customer' });

  await page.getByRole('link', { name: 'Cloud accounts' }).click();
  await expect(page.getByRole('link', { name: 'theirs' })).toBeVisible();
  const account = (
    await (
      await page.request.get(`${aws.origin}/api/v1/organizations/${person.organization}/cloud-accounts`)
    ).json()
  )[0];
  const refused = await page.request.delete(
    `${aws.origin}/api/v1/organizations/${person.organization}/cloud-accounts/${account.id}`,
  );
  expect(refused.status()).toBe(409);
});
