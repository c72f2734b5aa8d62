import { writeFile } from 'node:fs/promises';
import type { Browser, Page } from '@playwright/test';
import { expect, newAccount, test } from './fixtures';
import { IdentityProvider, NameServer } from './identity';
import { Server } from './process';

/** A company with an identity provider and a domain, and a control plane that reaches both and has a plan for two. */
async function company(plans: string) {
  const plan = { name: 'pair', title: 'Pair', limits: { members: 2 } };
  await writeFile(plans, JSON.stringify({ default: plan.name, plans: [plan] }));
  const names = await NameServer.start();
  const provider = await IdentityProvider.start();
  const server = await Server.controlPlane({
    PODIUM_SSO_ALLOW: '127.0.0.1',
    PODIUM_DNS_SERVER: names.address,
    PODIUM_PLANS: plans,
  });
  return {
    names,
    provider,
    cloud: server.origin,
    close: async () => {
      await server.stop();
      await provider.stop();
      names.stop();
    },
  };
}

/** Opens the console as somebody who signs in with a work e-mail through the provider. */
async function enter(browser: Browser, cloud: string, provider: IdentityProvider, email: string) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(cloud);
  await page.getByLabel('Work e-mail').fill(email);
  await page.getByLabel('Work e-mail').press('Tab');
  await page.getByRole('button', { name: 'Continue with Analytical Login' }).click();
  await provider.signIn(page, email.replace(/@.*/, ''));
  return page;
}

const value = async (page: Page, term: string) => {
  const row = page.locator('dl > div').filter({ has: page.getByText(term, { exact: true }) });
  return (await row.locator('code').innerText()).trim();
};

// S-09 and what an owner can do with no help but the page; S-10, S-11 and S-12 as people meet them.
test('an owner brings an identity provider, and people come and go by its groups', async ({
  page,
  browser,
}, info) => {
  test.setTimeout(180_000);
  const { names, provider, cloud, close } = await company(info.outputPath('plans.json'));
  const ada = newAccount();
  await page.request.post(`${cloud}/api/v1/signup`, { data: ada });

  await test.step('add a draft with a wrong secret and an address that is not registered', async () => {
    await page.goto(cloud);
    await page.getByRole('link', { name: 'Single sign-on' }).click();
    await page.getByRole('link', { name: 'Add provider' }).click();
    await expect(page.getByText('/api/v1/sso/callback')).toBeVisible();
    const { client_id } = await provider.register({ redirect_uris: ['http://127.0.0.1:9/elsewhere'] });
    await page.getByLabel('Name', { exact: true }).fill('Analytical Login');
    await page.getByLabel('Issuer').fill(`${provider.issuer}/`);
    await page.getByLabel('Client id').fill(client_id);
    await page.getByLabel('Client secret').fill('not the secret');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await expect(page.getByText('Draft', { exact: true })).toBeVisible();
  });

  const checks = page.getByRole('list', { name: 'Checks' });
  const check = (title: string) => checks.getByRole('listitem').filter({ hasText: title });

  await test.step('the checks say what to mend', async () => {
    await expect(check('The issuer is spelt')).toContainText(`the provider calls itself ${provider.issuer}.`);
    await page.getByLabel('Issuer').fill(provider.issuer);
    await page.getByLabel('Client secret').fill('still not the secret');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await expect(check('The redirect URI is registered')).toContainText('To be mended');
    await expect(check('The client secret is right')).toContainText('Enter the secret again');
    const { client_id, client_secret } = await provider.register({
      redirect_uris: [await value(page, 'Redirect URI')],
      post_logout_redirect_uris: [await value(page, 'After signing out')],
      backchannel_logout_uri: await value(page, 'Back-channel logout'),
    });
    await page.getByLabel('Client id').fill(client_id);
    await page.getByLabel('Client secret').fill(client_secret);
    await page.getByText('Scopes and claims').click();
    await page.getByLabel('Scopes').fill('openid profile email groups');
    await page.getByRole('button', { name: 'Add group' }).click();
    await page.getByLabel('Group 1', { exact: true }).fill('staff');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await expect(check('The redirect URI is registered')).toContainText('Good');
    await expect(check('The client secret is right')).toContainText('Good');
    await expect(check('People are led to the provider')).toContainText('Prove a domain');
  });

  await test.step('prove the domain', async () => {
    await page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link', { name: 'Single sign-on' })
      .click();
    await page.getByRole('button', { name: 'Add domain' }).click();
    await page.getByRole('dialog').getByLabel('Domain').fill('analytical.example');
    await page.getByRole('dialog').getByRole('button', { name: 'Add domain' }).click();
    await page.getByRole('button', { name: 'Look for the record' }).click();
    await expect(page.getByText('There is no TXT record')).toBeVisible();
    names.setText(await value(page, 'Name'), await value(page, 'Text'));
    await page.getByRole('button', { name: 'Look for the record' }).click();
    await expect(page.getByText('Proven', { exact: true })).toBeVisible();
    await page.getByRole('link', { name: 'Analytical Login' }).click();
  });

  const activate = page.getByRole('button', { name: 'Activate', exact: true });

  await test.step('a test log-in shows claims and role and signs nobody in', async () => {
    await expect(activate).toHaveAttribute('aria-disabled', 'true');
    await provider.setAccount('grace', {
      email: 'grace@analytical.example',
      name: 'Grace Hopper',
      groups: ['guests'],
    });
    await page.getByRole('button', { name: 'Start test log-in' }).click();
    await provider.signIn(page, 'grace');
    await expect(page.getByText('This person would not be let in')).toBeVisible();
    await expect(page.getByText('None of the groups gives a role')).toBeVisible();
    await expect(page.getByText('The provider does not say that the e-mail is verified')).toBeVisible();
    await expect(page.getByText('In test', { exact: true })).toBeVisible();

    await provider.setAccount('grace', {
      email: 'grace@analytical.example',
      email_verified: true,
      name: 'Grace Hopper',
      groups: ['staff'],
    });
    await page.getByRole('button', { name: 'Start test log-in' }).click();
    await provider.signIn(page, 'grace');
    await expect(page.getByText('Grace Hopper would be let in as member')).toBeVisible();
    await page.getByRole('button', { name: 'Account menu' }).click();
    await expect(page.getByText(ada.email)).toBeVisible();
    await page.keyboard.press('Escape');
  });

  await test.step('activate', async () => {
    await activate.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
    await expect(page.getByText('Active', { exact: true })).toBeVisible();
  });

  const grace = await test.step('a member signs in by e-mail', async () => {
    const member = await enter(browser, cloud, provider, 'grace@analytical.example');
    await expect(member.getByRole('button', { name: `Organization ${ada.organization}` })).toBeVisible();
    await member.getByRole('link', { name: 'Members' }).click();
    await expect(member.getByRole('row', { name: /Grace Hopper \(you\)/ })).toContainText(
      'by Analytical Login',
    );
    await expect(member.getByRole('link', { name: 'Single sign-on' })).toHaveCount(0);
    return member;
  });

  await test.step('a full plan has no place for another, and says so on both sides', async () => {
    await provider.setAccount('edsger', {
      email: 'edsger@analytical.example',
      email_verified: true,
      name: 'Edsger Dijkstra',
      groups: ['staff'],
    });
    const late = await enter(browser, cloud, provider, 'edsger@analytical.example');
    await expect(late.getByText('There is no place left')).toBeVisible();
    await late.context().close();
    await grace.getByRole('link', { name: 'Usage' }).click();
    await expect(grace.getByText('2 of 2')).toBeVisible();
    await expect(grace.getByText('Full', { exact: true })).toBeVisible();
  });

  await test.step('signing out leads through the provider and ends its session too', async () => {
    await grace.getByRole('button', { name: 'Account menu' }).click();
    await grace.getByRole('menuitem', { name: 'Sign out' }).click();
    await grace.getByRole('button', { name: 'Yes, sign me out' }).click();
    await expect(grace.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });

  await test.step('signing out at the provider ends the session here', async () => {
    const member = await enter(browser, cloud, provider, 'grace@analytical.example');
    await expect(member.getByRole('button', { name: `Organization ${ada.organization}` })).toBeVisible();
    await member.goto(`${provider.issuer}/session/end`);
    await member.getByRole('button', { name: 'Yes, sign me out' }).click();
    await expect(member.getByText('Sign-out Success')).toBeVisible();
    await member.goto(cloud);
    await expect(member.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });

  await test.step('who has lost the group has lost the role', async () => {
    await provider.setAccount('grace', {
      email: 'grace@analytical.example',
      name: 'Grace Hopper',
      groups: [],
    });
    const member = await enter(browser, cloud, provider, 'grace@analytical.example');
    await expect(member.getByText('You have no role')).toBeVisible();
    await page.getByRole('link', { name: 'Members' }).click();
    await expect(page.getByRole('heading', { name: 'Members', exact: true })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('row', { name: /Ada Lovelace/ })).toBeVisible();
    await expect(page.getByRole('row', { name: /Grace Hopper/ })).toHaveCount(0);
  });

  await test.step('the owner still gets in with the password', async () => {
    const again = await (await browser.newContext()).newPage();
    await again.goto(cloud);
    await again.getByLabel('Work e-mail').fill(ada.email);
    await again.getByLabel('Password', { exact: true }).fill(ada.password);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await expect(again.getByRole('heading', { name: 'Clusters', exact: true })).toBeVisible();
    await again.getByRole('button', { name: 'Account menu' }).click();
    await again.getByRole('menuitem', { name: 'Sessions' }).click();
    await expect(again.getByRole('row')).toHaveCount(3);
    await expect(again.getByRole('row', { name: /This one/ })).toContainText('with a password');
    // The other one is the first page's.
    await again.getByRole('row').filter({ hasNotText: 'This one' }).getByRole('button').click();
    await expect(again.getByRole('row')).toHaveCount(2);
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });
  await close();
});
