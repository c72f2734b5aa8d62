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

test('who is signed in is seen, and signed out', async () => {
  const { user, world } = await openConsole('/organizations/acme/members');
  await user.click(await screen.findByRole('button', { name: 'Where Grace Hopper is signed in' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Where Grace Hopper is signed in' }));
  const row = await dialog.findByRole('row', { name: /Firefox on Linux/ });
  expect(row.textContent).toContain('203.0.113.7');
  await user.click(dialog.getByRole('button', { name: 'End all' }));
  await screen.findByText('Grace Hopper is signed out');
  expect([...world.sessions.values()]).toEqual(['ada@example.com']);
});

test('who may not see sessions is told so', async () => {
  await openConsole('/organizations/guild/members');
  const look = await screen.findByRole('button', { name: 'Where Grace Hopper is signed in' });
  expect(look.getAttribute('aria-disabled')).toBe('true');
});

test('an invitation goes by e-mail, and the page follows what becomes of it', async () => {
  const { user, world } = await openConsole(page);
  await user.click(await screen.findByRole('button', { name: 'Invite' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Invite' }));
  await user.type(dialog.getByLabelText('E-mail'), 'linus@example.com');
  await user.click(dialog.getByRole('button', { name: 'Invite' }));
  await screen.findByText(/An e-mail with this link is on its way/);
  await user.click(screen.getByRole('button', { name: 'Done' }));
  const table = within(await screen.findByRole('table', { name: 'Invitations' }));
  await table.findByText('Being sent');
  const [invitation] = world.invitations.get('acme') ?? [];
  Object.assign(invitation ?? {}, { mail: 'FAILED', mailProblem: 'no such user' });
  await table.findByText('Not sent');
  table.getByText('no such user');
});

test('without a mail server the link is there to be given', async () => {
  const { user } = await openConsole(page, {
    prepare: (world) => {
      world.mailServer = false;
    },
  });
  await user.click(await screen.findByRole('button', { name: 'Invite' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Invite' }));
  await user.type(dialog.getByLabelText('E-mail'), 'linus@example.com');
  await user.click(dialog.getByRole('button', { name: 'Invite' }));
  await screen.findByRole('dialog', { name: 'Give linus@example.com this link' });
  await user.click(screen.getByRole('button', { name: 'I have copied it' }));
  await screen.findByText('None: no mail server');
});
