import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, newAccount, test } from './fixtures';
import { Server } from './process';

test('a dangerous act asks for the password when the sign-in is some time ago, and then goes on', async ({
  page,
}) => {
  const cloud = await Server.controlPlane();
  const api = `${cloud.origin}/api/v1`;
  const account = newAccount();
  expect((await page.request.post(`${api}/signup`, { data: account })).ok()).toBe(true);
  // Time passes for the session: it was made an hour ago.
  execFileSync('python3', [
    '-c',
    'import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=10); ' +
      'db.execute("update sessions set proven_at = proven_at - 3600000000"); db.commit()',
    path.join(cloud.data, 'controlplane', 'podium.db'),
  ]);
  const exported = `${api}/organizations/${account.organization}/audit/export`;
  expect((await page.request.get(exported)).status()).toBe(403);

  await page.goto(`${cloud.origin}/organizations/${account.organization}/audit`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const proof = page.getByRole('dialog', { name: 'Is it you?' });
  await proof.getByLabel('Password', { exact: true }).fill('not my password');
  await proof.getByRole('button', { name: 'Go on' }).click();
  await expect(proof.getByRole('alert')).toContainText('wrong');
  await proof.getByLabel('Password', { exact: true }).fill(account.password);
  await proof.getByRole('button', { name: 'Go on' }).click();
  expect((await download).suggestedFilename()).toBe(`audit-${account.organization}.jsonl`);
  await expect(proof).toHaveCount(0);
  expect((await page.request.get(exported)).ok()).toBe(true);
  await cloud.stop();
});
