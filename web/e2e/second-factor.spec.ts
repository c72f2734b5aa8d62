import { expectAccessible } from './accessible';
import { expect, test } from './fixtures';
import { appCode, nextCode } from './totp';

test('a second factor is required, set up, asked for and replaced by a recovery code', async ({
  page,
  browser,
  cloud,
  account,
}) => {
  const organization = `${cloud}/organizations/${account.organization}`;
  await page.goto(`${organization}/organization`);
  await page.getByRole('link', { name: 'Set up your own first' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Set up' }).click();
  await expect(page.getByRole('img', { name: 'QR code with the key' })).toBeVisible();
  await expectAccessible(page);
  const secret = (await page.locator('code', { hasText: /^[A-Z2-7]{32}$/ }).textContent()) ?? '';
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Switch on' }).click();
  await expect(page.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(
    /not what the app should show/,
  );
  const used = appCode(secret);
  await page.getByLabel('Code', { exact: true }).fill(used);
  await page.getByRole('button', { name: 'Switch on' }).click();
  const codes = page.getByRole('region', { name: 'recovery codes' });
  await expect(codes).toContainText(/(\w{4}-){3}\w{4}/);
  await expectAccessible(page);
  const recovery = /(\w{4}-){3}\w{4}/.exec((await codes.textContent()) ?? '')?.[0] ?? '';
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Require a second factor' }).click();
  await expect(page.getByRole('button', { name: 'Allow the password alone' })).toBeVisible();

  // Somewhere else the password alone is not enough.
  const context = await browser.newContext();
  const elsewhere = await context.newPage();
  await elsewhere.goto(`${organization}/members`);
  await elsewhere.getByLabel('Work e-mail').fill(account.email);
  await elsewhere.getByLabel('Password', { exact: true }).fill(account.password);
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect(elsewhere.getByRole('heading', { name: 'Enter your code' })).toBeVisible();
  await expectAccessible(elsewhere);
  await elsewhere.getByLabel('Code', { exact: true }).fill(used);
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect(elsewhere.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(
    /wrong, or was used/,
  );
  await elsewhere.getByLabel('Code', { exact: true }).fill(nextCode(secret));
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect(elsewhere.getByRole('heading', { name: 'Members' })).toBeVisible();
  await elsewhere.getByRole('button', { name: 'Account menu' }).click();
  await elsewhere.getByRole('menuitem', { name: 'Sign out' }).click();

  // The phone is gone: a recovery code lets in, and the factor is switched off.
  await elsewhere.getByLabel('Work e-mail').fill(account.email);
  await elsewhere.getByLabel('Password', { exact: true }).fill(account.password);
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await elsewhere.getByLabel('Code', { exact: true }).fill(recovery);
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect(elsewhere.getByRole('heading', { name: /Members|Clusters/ })).toBeVisible();
  await elsewhere.getByRole('button', { name: 'Account menu' }).click();
  await elsewhere.getByRole('menuitem', { name: 'Second factor' }).click();
  await expect(elsewhere.getByText('9 are left')).toBeVisible();
  await elsewhere.getByRole('button', { name: 'Switch off' }).click();
  await elsewhere.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
  await expect(elsewhere.getByRole('button', { name: 'Set up' })).toBeVisible();

  // Without one the organization leads to setting one up.
  await elsewhere.goto(`${organization}/members`);
  await expect(
    elsewhere.getByRole('heading', { name: `${account.organization} asks for a second factor` }),
  ).toBeVisible();
  await expectAccessible(elsewhere);
  await elsewhere.getByRole('link', { name: 'Set it up' }).click();
  await expect(elsewhere.getByRole('button', { name: 'Set up' })).toBeVisible();
  await context.close();
});
