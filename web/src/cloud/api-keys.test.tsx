import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('a key of one’s own is made, shown once, paused, renewed and deleted', async () => {
  const { user, world } = await openConsole('/api-keys');
  const mine = () => world.apiKeys.find(({ name }) => name === 'backups');
  await user.click(await screen.findByRole('button', { name: 'Create API key' }));
  const form = within(await screen.findByRole('dialog', { name: 'Create API key' }));
  await user.click(form.getByRole('button', { name: 'Create key' }));
  await form.findByText(/Enter a name/);
  await user.type(form.getByLabelText('Name'), 'backups');
  await form.findByRole('option', { name: 'Cluster encoding alone' });
  await user.selectOptions(form.getByLabelText('Good in'), 'encoding');
  await user.selectOptions(form.getByLabelText('It may'), 'cluster-operator');
  await user.selectOptions(form.getByLabelText('Valid for'), '30');
  await user.click(form.getByRole('button', { name: 'Create key' }));
  const shown = within(await screen.findByRole('dialog', { name: 'Your API key' }));
  expect(shown.getByLabelText('command').textContent).toContain('Authorization: Bearer');
  await user.click(shown.getByRole('button', { name: 'I have copied it' }));
  expect(mine()).toMatchObject({ organization: 'acme', role: 'cluster-operator', cluster: 'encoding' });

  const row = within(await screen.findByRole('row', { name: /backups/ }));
  expect(row.getByText('Operator, in encoding')).toBeTruthy();
  await user.click(row.getByRole('button', { name: 'Pause backups' }));
  await row.findByText('Paused');
  await user.click(row.getByRole('button', { name: 'Renew backups' }));
  const renewal = within(await screen.findByRole('dialog', { name: 'Renew backups' }));
  await user.click(renewal.getByRole('button', { name: 'Renew key' }));
  await user.click(await screen.findByRole('button', { name: 'I have copied it' }));
  expect(mine()?.formerUntil).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Delete backups' }));
  await user.click(await screen.findByRole('button', { name: 'Delete key' }));
  await waitFor(() => expect(mine()).toBeUndefined());
});

test('service accounts say what they may, and which keys expire soon', async () => {
  await openConsole('/organizations/acme/service-accounts');
  await screen.findByText(/Deploys at night, from the pipeline · Member in the organization/);
  await screen.findByText('An API key expires within two weeks');
  const keys = within(await screen.findByRole('table', { name: 'API keys of nightly' }));
  expect(keys.getByText('Expires soon')).toBeTruthy();
  expect(keys.getByText('Expired')).toBeTruthy();
  expect(keys.getByText('Dangerous acts')).toBeTruthy();
  const people = within(screen.getByRole('table', { name: 'API keys of people' }));
  expect(people.getByRole('button', { name: 'Renew laptop' }).getAttribute('aria-disabled')).toBe('true');
});

test('a service account is made, given a key, changed and deleted', async () => {
  const { user, world } = await openConsole('/organizations/quiet/service-accounts');
  await user.click(await screen.findByRole('button', { name: 'Create service account' }));
  const form = within(await screen.findByRole('dialog', { name: 'Create service account' }));
  await user.type(form.getByLabelText('Name'), 'deployer');
  await user.click(form.getByRole('button', { name: 'Create service account' }));
  await user.click(await screen.findByRole('button', { name: 'Create API key of deployer' }));
  const making = within(await screen.findByRole('dialog', { name: 'Create API key' }));
  await user.type(making.getByLabelText('Name'), 'ci');
  await user.click(making.getByRole('button', { name: 'Create key' }));
  await user.click(await screen.findByRole('button', { name: 'I have copied it' }));
  await screen.findByRole('row', { name: /ci/ });
  await user.click(screen.getByRole('button', { name: 'Edit deployer' }));
  const edit = within(await screen.findByRole('dialog', { name: 'Edit deployer' }));
  await user.selectOptions(edit.getByLabelText('Role in the organization'), 'auditor');
  await user.click(edit.getByRole('button', { name: 'Save' }));
  await screen.findByText('Auditor in the organization.');
  await user.click(screen.getByRole('button', { name: 'Delete deployer' }));
  await user.click(await screen.findByRole('button', { name: 'Delete service account' }));
  await screen.findByText('No service accounts yet');
  expect(world.serviceAccounts.get('quiet')).toEqual([]);
});

test('within the days that the organization allows a key is made and renewed', async () => {
  const { user } = await openConsole('/api-keys', {
    prepare: (world) => Object.assign(world.organizations.get('acme') ?? {}, { maxKeyDays: 30 }),
  });
  await user.click(await screen.findByRole('button', { name: 'Create API key' }));
  const form = within(await screen.findByRole('dialog', { name: 'Create API key' }));
  form.getByText('acme lets keys be good for 30 days at most.');
  expect(choicesOf(form.getByLabelText('Valid for'))).toEqual(['7 days', '30 days']);
  expect(form.getByLabelText<HTMLSelectElement>('Valid for').value).toBe('30');
  await user.selectOptions(form.getByLabelText('Organization'), 'quiet');
  expect(form.queryByText(/lets keys be good/)).toBeNull();
  expect(form.getByLabelText<HTMLSelectElement>('Valid for').value).toBe('90');
  await user.selectOptions(form.getByLabelText('Organization'), 'acme');
  await user.type(form.getByLabelText('Name'), 'backups');
  await user.click(form.getByRole('button', { name: 'Create key' }));
  await user.click(await screen.findByRole('button', { name: 'I have copied it' }));
  await user.click(await screen.findByRole('button', { name: 'Renew backups' }));
  const renewal = within(await screen.findByRole('dialog', { name: 'Renew backups' }));
  expect(choicesOf(renewal.getByLabelText('Valid for'))).toEqual(['7 days', '30 days']);
});

test('a key that would live too long by a new rule is refused at its field', async () => {
  const { user, world } = await openConsole('/api-keys');
  await user.click(await screen.findByRole('button', { name: 'Create API key' }));
  const form = within(await screen.findByRole('dialog', { name: 'Create API key' }));
  await user.type(form.getByLabelText('Name'), 'backups');
  Object.assign(world.organizations.get('acme') ?? {}, { maxKeyDays: 30 });
  await user.click(form.getByRole('button', { name: 'Create key' }));
  await form.findByText(/must be 1 to 30/);
});

const choicesOf = (select: HTMLElement) => [...select.children].map(({ textContent }) => textContent);
