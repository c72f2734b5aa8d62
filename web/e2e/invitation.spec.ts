import { expectAccessible } from './accessible';
import { expect, newAccount, test } from './fixtures';
import { Mailbox } from './mailbox';
import { Server } from './process';

// S-16: the link works once, for the invited address alone.
test('an invited person joins, and the link works no more', async ({ page, browser, cloud, account }) => {
  const { email, password } = newAccount();
  await page.goto(`${cloud}/organizations/${account.organization}/members`);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('dialog').getByLabel('E-mail').fill(email);
  await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
  const link = await page.getByRole('dialog').locator('code').innerText();
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await expect(page.getByRole('table', { name: 'Invitations' })).toContainText(email);

  // Somebody else who is signed in cannot use it.
  await page.goto(link);
  await expect(page.getByText(`You are signed in as ${account.email}`)).toBeVisible();

  const invited = await (await browser.newContext()).newPage();
  await invited.goto(link);
  await expect(invited.getByRole('heading', { name: `Join ${account.organization}` })).toBeVisible();
  await invited.getByLabel('Your name').fill('Grace Hopper');
  await invited.getByLabel('Password', { exact: true }).fill(password);
  await invited.getByRole('button', { name: 'Create account and join' }).click();
  await expect(invited.getByRole('button', { name: `Organization ${account.organization}` })).toBeVisible();

  const late = await (await browser.newContext()).newPage();
  await late.goto(link);
  await expect(late.getByText('not valid any more')).toBeVisible();

  // Removed, they see nothing of it any more.
  await page.goto(`${cloud}/organizations/${account.organization}/members`);
  await page.getByRole('button', { name: 'Remove Grace Hopper' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove member' }).click();
  await expect(page.getByRole('row', { name: /Grace Hopper/ })).toHaveCount(0);
  await invited.reload();
  await expect(invited.getByRole('heading', { name: 'Not found' })).toBeVisible();
});

test('an invitation arrives by e-mail', async ({ page, browser }) => {
  const mailbox = await Mailbox.open();
  const cloud = await Server.controlPlane({
    PODIUM_SMTP: `smtp://127.0.0.1:${mailbox.port}`,
    PODIUM_SMTP_FROM: 'Podium <podium@example.com>',
  });
  const account = newAccount();
  const { email, password } = newAccount();
  expect((await page.request.post(`${cloud.origin}/api/v1/signup`, { data: account })).ok()).toBe(true);
  await page.goto(`${cloud.origin}/organizations/${account.organization}/members`);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByRole('dialog').getByLabel('E-mail').fill(email);
  await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText('An e-mail with this link is on its way')).toBeVisible();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('table', { name: 'Invitations' })).toContainText('Sent');
  await expectAccessible(page);

  const [letter] = mailbox.letters;
  expect(letter?.to).toBe(email);
  const invited = await (await browser.newContext()).newPage();
  await invited.goto(/http:\S+#\w+/.exec(letter?.text ?? '')?.[0] ?? '');
  await invited.getByLabel('Your name').fill('Grace Hopper');
  await invited.getByLabel('Password', { exact: true }).fill(password);
  await invited.getByRole('button', { name: 'Create account and join' }).click();
  await expect(invited.getByRole('button', { name: `Organization ${account.organization}` })).toBeVisible();
  await invited.context().close();
  await cloud.stop();
  await mailbox.close();
});
