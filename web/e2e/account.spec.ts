import { expect, newAccount, test } from './fixtures';

test('what is wrong in a form is said at its field', async ({ page, cloud }) => {
  await page.goto(`${cloud}/sign-up`);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Work e-mail')).toHaveAccessibleDescription(/Enter an e-mail address/);
  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(
    /Use 8 characters or more/,
  );
  await expect(page.getByLabel('Work e-mail')).toBeFocused();
});

test('an e-mail signs up once', async ({ browser, cloud, account }) => {
  const page = await browser.newPage();
  await page.goto(`${cloud}/sign-up`);
  await page.getByLabel('Work e-mail').fill(account.email);
  await page.getByLabel('Your name').fill('Somebody Else');
  await page.getByLabel('Password', { exact: true }).fill('a password of theirs');
  await page.getByLabel('Organization').fill(newAccount().organization);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Work e-mail')).toHaveAccessibleDescription(/./);
  await expect(page).toHaveURL(/sign-up/);
  await page.close();
});

test('sign out, be refused, sign in again', async ({ page, cloud, account }) => {
  await page.goto(cloud);
  await expect(page.getByRole('heading', { name: 'Create your first cluster' })).toBeVisible();
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  await page.goto(`${cloud}/organizations/${account.organization}/operations`);
  await page.getByLabel('Work e-mail').fill(account.email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // Back to the page that was wanted.
  await expect(page.getByRole('heading', { name: 'Operations', exact: true })).toBeVisible();
});

test('a second organization is a world of its own', async ({ page, cloud, account, cluster }) => {
  await page.goto(cloud);
  await expect(page.getByRole('link', { name: cluster.name })).toBeVisible();
  await page.getByRole('button', { name: `Organization ${account.organization}` }).click();
  await page.getByRole('menuitem', { name: 'New organization' }).click();
  const second = newAccount().organization;
  await page.getByLabel('Name', { exact: true }).fill(second);
  await page.getByRole('button', { name: 'Create organization' }).click();
  await expect(page.getByRole('heading', { name: 'Create your first cluster' })).toBeVisible();

  await page.getByRole('button', { name: `Organization ${second}` }).click();
  await page.getByRole('menuitemradio', { name: account.organization }).click();
  await expect(page.getByRole('link', { name: cluster.name })).toBeVisible();
});

test('what belongs to others is not there', async ({ page, browser, cloud, cluster }) => {
  const stranger = await browser.newContext();
  const response = await stranger.request.post(`${cloud}/api/v1/signup`, { data: newAccount() });
  expect(response.status()).toBe(201);
  for (const path of ['', `/clusters/${cluster.name}`, `/clusters/${cluster.name}/access-keys`]) {
    const answer = await stranger.request.get(`${cloud}/api/v1/organizations/${cluster.organization}${path}`);
    expect(answer.status(), path).toBe(404);
  }
  const foreign = await stranger.newPage();
  await foreign.goto(`${cloud}/organizations/${cluster.organization}/clusters/${cluster.name}`);
  await expect(foreign.getByRole('heading', { name: 'Not found' })).toBeVisible();
  await expect(foreign.getByText(cluster.endpoint)).toHaveCount(0);
  await stranger.close();
  await page.close();
});
