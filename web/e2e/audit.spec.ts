import { expect, newAccount, test } from './fixtures';

test('an owner sees who did what and who was refused what, and takes the log along', async ({
  page,
  browser,
  cloud,
  account,
}) => {
  const api = `${cloud}/api/v1`;
  const mate = newAccount();
  const theirs = await browser.newContext();
  expect((await theirs.request.post(`${api}/signup`, { data: mate })).ok()).toBe(true);
  const members = `${api}/organizations/${account.organization}/members`;
  const added = await page.request.post(members, { data: { email: mate.email, role: 'member' } });
  expect(added.ok()).toBe(true);
  const refused = await theirs.request.delete(`${members}/nobody`);
  expect(refused.status()).toBe(403);
  await theirs.close();

  await page.goto(`${cloud}/organizations/${account.organization}/clusters`);
  await page.getByRole('link', { name: 'Audit log' }).click();
  const log = page.getByRole('table', { name: 'Audit log' });
  await page.getByLabel('Outcome').selectOption('refused');
  await expect(log.getByRole('row')).toHaveCount(2);
  await log.getByRole('button', { name: 'member.delete' }).click();
  await expect(page.getByRole('dialog')).toContainText(mate.email);
  await expect(page.getByRole('dialog')).toContainText('does not allow');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByRole('dialog')).toContainText(/All \d+ entries are as they were written/);
  await page.keyboard.press('Escape');

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`audit-${account.organization}.jsonl`);
  const lines = (await (await file.createReadStream()).toArray()).join('').trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '').signature).toBeTruthy();
  expect(JSON.parse(lines.at(-2) ?? '').action).toBe('audit.export');
});
