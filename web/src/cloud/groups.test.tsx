import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

const page = '/organizations/acme/groups';

test('a group is made, filled, emptied, renamed and deleted', async () => {
  const { user, world } = await openConsole('/organizations/quiet/groups');
  const group = () => world.groups.get('quiet')?.[0];
  await user.click(await screen.findByRole('button', { name: 'Create group' }));
  const form = within(await screen.findByRole('dialog', { name: 'Create group' }));
  await user.type(form.getByLabelText('Name'), 'Encoders');
  await user.type(form.getByLabelText('Groups of your identity provider'), 'media{Enter}media-guests');
  await user.click(form.getByRole('button', { name: 'Create group' }));
  await screen.findByRole('heading', { name: 'Encoders' });
  expect(group()?.providerGroups).toEqual(['media', 'media-guests']);

  await user.click(screen.getByRole('button', { name: 'Add member to Encoders' }));
  const adding = within(await screen.findByRole('dialog', { name: 'Add to Encoders' }));
  await adding.findByRole('option', { name: /Ada Lovelace/ });
  await user.selectOptions(adding.getByLabelText('Member'), 'Ada Lovelace (ada@example.com)');
  await user.click(adding.getByRole('button', { name: 'Add member' }));
  await user.click(await screen.findByRole('button', { name: 'Take Ada Lovelace out' }));
  await screen.findByText('Nobody is in it yet.');

  await user.click(screen.getByRole('button', { name: 'Edit Encoders' }));
  const name = within(await screen.findByRole('dialog', { name: 'Edit Encoders' })).getByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'Media{Enter}');
  await user.click(await screen.findByRole('button', { name: 'Delete Media' }));
  const ask = within(await screen.findByRole('dialog', { name: 'Delete Media?' }));
  await user.click(ask.getByRole('button', { name: 'Delete group' }));
  await screen.findByText('No groups yet');
  expect(group()).toBeUndefined();
});

test('a group says what it was given, and who comes by single sign-on', async () => {
  await openConsole(page);
  await screen.findByText(/Was given: Operator in project default/);
  expect(screen.getByRole('row', { name: /Radia Perlman/ }).textContent).toContain('Acme ID');
  const out = screen.getByRole('button', { name: 'Take Radia Perlman out' });
  expect(out.getAttribute('aria-disabled')).toBe('true');
});

test('a name that is taken is told at the field', async () => {
  const { user, world } = await openConsole(page);
  await user.click(await screen.findByRole('button', { name: 'Create group' }));
  const form = within(await screen.findByRole('dialog', { name: 'Create group' }));
  await user.type(form.getByLabelText('Name'), 'Night shift');
  await user.click(form.getByRole('button', { name: 'Create group' }));
  await form.findByText('Name is taken.');
  await waitFor(() => expect(world.groups.get('acme')).toHaveLength(1));
});
