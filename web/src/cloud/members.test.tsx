import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

const page = '/organizations/acme/members';

test('a role is changed where it stands, and each choice says what it allows', async () => {
  const { user, world } = await openConsole(page);
  await user.click(await screen.findByRole('button', { name: 'Role of Grace Hopper: Member' }));
  const choice = await screen.findByRole('menuitemradio', { name: /^Auditor/ });
  expect(choice.textContent).toContain('See everything, change nothing.');
  await user.click(choice);
  await screen.findByRole('button', { name: 'Role of Grace Hopper: Auditor' });
  expect(world.members.get('acme')?.find(({ name }) => name === 'Grace Hopper')?.role).toBe('auditor');
});

test('the last owner keeps the role, and the page says why', async () => {
  await openConsole(page);
  await screen.findByRole('button', { name: 'Role of Grace Hopper: Member' });
  expect(screen.queryByRole('button', { name: /^Role of Ada Lovelace/ })).toBeNull();
  expect(screen.getByText('Owner').getAttribute('title')).toContain('Make somebody else owner first');
});

test('a refusal is told beside the role', async () => {
  const { user, world } = await openConsole(page);
  await user.click(await screen.findByRole('button', { name: 'Role of Grace Hopper: Member' }));
  // Gone meanwhile, by somebody else's hand.
  world.members.set(
    'acme',
    (world.members.get('acme') ?? []).filter(({ name }) => name !== 'Grace Hopper'),
  );
  await user.click(await screen.findByRole('menuitemradio', { name: /^Admin/ }));
  const row = within(screen.getByRole('row', { name: /Grace Hopper/ }));
  expect((await row.findByRole('alert')).textContent).toBe('There is no such member.');
});

test('who gives the own role away is asked first, and sees less afterwards', async () => {
  const { user, world } = await openConsole(page);
  const grace = world.members.get('acme')?.find(({ name }) => name === 'Grace Hopper');
  await user.click(await screen.findByRole('button', { name: 'Role of Grace Hopper: Member' }));
  await user.click(await screen.findByRole('menuitemradio', { name: /^Owner/ }));
  await waitFor(() => expect(grace?.role).toBe('owner'));
  await user.click(await screen.findByRole('button', { name: 'Role of Ada Lovelace: Owner' }));
  await user.click(await screen.findByRole('menuitemradio', { name: /^Member/ }));
  await user.click(
    within(await screen.findByRole('dialog', { name: 'Become Member?' })).getByRole('button', {
      name: 'Change my role',
    }),
  );
  await waitFor(() => expect(screen.queryByRole('button', { name: /^Role of/ })).toBeNull());
});
