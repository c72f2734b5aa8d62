import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible';
import { expect as anything, test as base, newAccount } from './fixtures';
import { Machine } from './machine';

/** Networks of clusters are made by a control plane of its own. */
const test = base.extend<object, { machine: Machine }>({
  machine: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures that are used from the pattern
    async ({}, use) => {
      const machine = await Machine.start();
      await use(machine);
      await machine.stop();
    },
    { scope: 'worker' },
  ],
});

/** Clouds take their time. */
const expect = anything.configure({ timeout: 60_000 });

test('a network is checked, connected by its owner, proven, and disconnected', async ({ page, machine }) => {
  test.setTimeout(240_000);
  const { origin } = machine;
  const account = newAccount();
  const clusters = `${origin}/api/v1/organizations/${account.organization}/clusters`;
  expect((await page.request.post(`${origin}/api/v1/signup`, { data: account })).ok()).toBe(true);
  expect((await page.request.post(clusters, { data: { name: 'orders' } })).ok()).toBe(true);
  await expect
    .poll(async () => (await (await page.request.get(`${clusters}/orders`)).json()).state)
    .toBe('READY');
  const shop = `shop-${randomUUID().slice(0, 8)}`;
  await machine.shell(`
    ip netns add ${shop}
    ip -n ${shop} link set lo up
    ip -n ${shop} address add 10.20.0.2/16 dev lo`);

  await page.goto(`${origin}/organizations/${account.organization}/clusters/orders/network`);
  await expect(page.getByText('No network is connected')).toBeVisible();
  const range = (await (await page.request.get(`${clusters}/orders/network`)).json()).range;
  await expect(page.getByText(range).first()).toBeVisible();

  await check(page, shop, range);
  const checks = page.getByRole('list', { name: 'Checks' });
  await expect(checks).toContainText(`Your range ${range} and the cluster's range ${range} share addresses`);
  await expect(page.getByText('These networks cannot be connected as they are')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Ask for the connection' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByLabel('Ranges of addresses').fill('10.20.0.0/16');
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(checks).toContainText('share no address');
  await page.getByRole('button', { name: 'Ask for the connection' }).click();

  const card = page.getByRole('region', { name: `Network ${shop}` });
  await expect(card).toContainText('Waiting for you');
  await expect(card).toContainText('Open a terminal on this machine and become root');
  await expect(card.getByRole('region', { name: 'Terraform' })).toContainText('resource "terraform_data"');
  await expectAccessible(page);
  const lines = await card.getByRole('region', { name: 'Shell, as root' }).locator('code').innerText();
  const [route, ...first] = lines.trim().split('\n').reverse();
  await machine.shell(first.reverse().join('\n'));
  await expect(card).toContainText('Your network does not reach the cluster in zone local-a');
  await machine.shell(route ?? '');
  await expect(card).toContainText('Both sides reached each other');
  await expect(card).toContainText('your network → cluster, zone local-a');
  await expect(card).toContainText('cluster → your network, zone local-b');

  const health = `ip netns exec ${shop} python3 -c 'import urllib.request as u; print(u.urlopen("http://orders.${account.organization}.podium.internal:7200/healthz").status)'`;
  expect((await machine.shell(health)).trim()).toBe('200');

  await card.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.getByText('No network is connected')).toBeVisible();
  await expect(machine.shell(health)).rejects.toThrow();
});

/** Asks for the checks of a network with a range. */
async function check(page: Page, network: string, range: string) {
  await page.getByRole('button', { name: 'Connect a network' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect a network' });
  await dialog.getByLabel('Network', { exact: true }).fill(network);
  await dialog.getByLabel('Ranges of addresses').fill(range);
  await dialog.getByLabel('Zones of your workers').fill('local-a');
  await dialog.getByRole('button', { name: 'Check' }).click();
}
