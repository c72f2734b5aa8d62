import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('the audit log is read page by page and searched', async () => {
  const { user, address } = await openConsole('/organizations/acme/audit');
  const table = await screen.findByRole('table', { name: 'Audit log' });
  expect(within(table).getAllByRole('row')).toHaveLength(3);
  await user.click(screen.getByRole('button', { name: 'Show older entries' }));
  expect(await within(table).findByText('cluster.ready')).toBeDefined();
  expect(screen.queryByRole('button', { name: 'Show older entries' })).toBeNull();

  await user.selectOptions(screen.getByLabelText('Outcome'), 'refused');
  expect(await screen.findByText('grace@example.com')).toBeDefined();
  await expect.poll(() => within(table).getAllByRole('row')).toHaveLength(2);
  expect(address()).toBe('/organizations/acme/audit?outcome=refused');
  await user.type(screen.getByLabelText('Find entries'), 'nowhere');
  expect(await screen.findByText('No entry matches')).toBeDefined();
});

test('an entry shows why it was refused, and what changed', async () => {
  const { user } = await openConsole('/organizations/acme/audit');
  await user.click(await screen.findByRole('button', { name: 'cluster.delete' }));
  expect(within(screen.getByRole('dialog')).getByText(/does not allow cluster.delete/)).toBeDefined();
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: 'member.update' }));
  const changes = screen.getByRole('region', { name: 'Before and after' });
  expect(changes.textContent).toContain('−  "role": "owner"');
  expect(changes.textContent).toContain('+  "role": "member"');
});

test('the log is verified on demand', async () => {
  const { user } = await openConsole('/organizations/acme/audit');
  const verify = await screen.findByRole('button', { name: 'Verify' });
  await user.click(verify);
  expect(
    await screen.findByText(/All 3 entries are as they were written; 2 of them are signed/),
  ).toBeDefined();
});

test('a dangerous act asks for the password first, and then goes on', async () => {
  const { user, world } = await openConsole('/organizations/acme/members');
  world.account('new@example.com', 'New');
  world.stale = true;
  await user.click(await screen.findByRole('button', { name: 'Add member' }));
  const form = within(await screen.findByRole('dialog', { name: 'Add member' }));
  await user.type(form.getByLabelText('E-mail'), 'new@example.com');
  await user.click(form.getByRole('button', { name: 'Add member' }));
  const proof = within(await screen.findByRole('dialog', { name: 'Is it you?' }));
  await user.click(proof.getByRole('button', { name: 'Go on' }));
  expect(proof.getByText('Enter your password.')).toBeDefined();
  await user.type(proof.getByLabelText('Password'), 'wrong{Enter}');
  expect((await proof.findByRole('alert')).textContent).toContain('wrong');
  await user.clear(proof.getByLabelText('Password'));
  await user.type(proof.getByLabelText('Password'), 'something{Enter}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull(), { timeout: 10_000 });
  expect(world.members.get('acme')?.some(({ email }) => email === 'new@example.com')).toBe(true);
});
