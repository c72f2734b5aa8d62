import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { cloudAccountsOf } from '../../mock/cloud/cloud-accounts.ts';
import { openConsole } from './testing';

const page = '/organizations/acme/cloud-accounts';

test('an account is added, checked until nobody else can use it, and removed', async () => {
  const { user, world } = await openConsole(page);
  await user.click(await screen.findByRole('button', { name: 'Add account' }));
  const form = within(await screen.findByRole('dialog', { name: 'Add cloud account' }));
  await user.type(form.getByLabelText('Name'), 'production');
  await user.type(form.getByLabelText('AWS account'), '1234');
  await user.click(form.getByRole('button', { name: 'Add account' }));
  await form.findByText('Enter the 12 digits of the account.');
  await user.clear(form.getByLabelText('AWS account'));
  await user.type(form.getByLabelText('AWS account'), '1234-5678-9012');
  await user.click(form.getByRole('button', { name: 'Add account' }));

  await screen.findByText('AWS account 123456789012 · eu-central-1');
  await screen.findByText('Role not proven');
  await screen.findByText(/CloudFormation makes arn:aws:iam/);
  await user.click(screen.getByRole('tab', { name: 'AWS CLI' }));
  await screen.findByText(/AWS CLI makes arn:aws:iam/);
  await user.click(screen.getByRole('button', { name: 'Check production' }));
  await screen.findByText('The role can be taken without your ExternalId.');
  await user.click(screen.getByRole('button', { name: 'Check production' }));
  await screen.findByText('Active');

  await user.click(screen.getByRole('button', { name: 'Remove production' }));
  const ask = within(await screen.findByRole('dialog', { name: 'Remove production?' }));
  await user.click(ask.getByRole('button', { name: 'Remove account' }));
  await screen.findByText('No cloud accounts yet');
  expect(cloudAccountsOf(world, 'acme')).toEqual([]);
});

test('where no cluster can be made in one, there is no place for accounts', async () => {
  await openConsole('/organizations/acme/create-cluster', {
    prepare: (world) => {
      world.customerAccounts = false;
    },
  });
  await screen.findByRole('region', { name: 'What happens' }); // the catalog has come
  expect(screen.queryByRole('link', { name: 'Cloud accounts' })).toBeNull();
});

test('an account with clusters stays, and a cluster can be created in an active one only', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters');
  const account = {
    id: 'acct_1',
    name: 'production',
    number: '123456789012',
    region: 'us-east-1',
    role: 'arn:aws:iam::123456789012:role/podium-access/acct_1',
    state: 'ACTIVE' as const,
    findings: [],
    clusters: ['first'],
    createdAt: new Date().toISOString(),
  };
  cloudAccountsOf(world, 'acme').push(account, {
    ...account,
    id: 'acct_2',
    name: 'staging',
    state: 'DECLARED',
  });
  await user.click(await screen.findByRole('link', { name: 'Cloud accounts' }));
  const remove = await screen.findByRole('button', { name: 'Remove production' });
  expect(remove.getAttribute('aria-disabled')).toBe('true');

  await user.click(screen.getByRole('link', { name: 'Clusters' }));
  await user.click((await screen.findAllByRole('link', { name: 'Create cluster' }))[0] as HTMLElement);
  await user.click(await screen.findByLabelText(/Amazon Web Services/));
  const whose = screen.getByLabelText('Whose AWS account');
  const staging = await within(whose).findByRole('option', { name: /staging .*not active yet/ });
  expect((staging as HTMLOptionElement).disabled).toBe(true);
  await user.selectOptions(whose, within(whose).getByRole('option', { name: /production/ }));
  const name = screen.getByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'theirs{Enter}');
  await screen.findByRole('heading', { name: 'Create cluster theirs' });
  expect(world.cluster('acme', 'theirs')).toMatchObject({
    cloud: 'aws',
    region: 'us-east-1',
    account: 'acct_1',
  });
});
