import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

const page = '/organizations/acme/organization';

test('an organization is renamed, and its pages go by the new name', async () => {
  const { user, world, address } = await openConsole(page);
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'rocket{Enter}');
  await waitFor(() => expect(address()).toBe('/organizations/rocket/organization'));
  expect(world.organizations.get('rocket')?.name).toBe('rocket');
  expect(world.organizations.has('acme')).toBe(false);
});

test('an owner has the organization deleted by typing its name, and keeps it', async () => {
  const { user, world } = await openConsole(page);
  await user.click(await screen.findByRole('button', { name: 'Delete acme' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete acme?' }));
  await user.type(dialog.getByLabelText('Type acme to confirm'), 'acne{Enter}');
  await dialog.findByText('This is not “acme”.');
  expect(world.organizations.get('acme')?.state).toBe('ACTIVE');
  await user.clear(dialog.getByLabelText('Type acme to confirm'));
  await user.type(dialog.getByLabelText('Type acme to confirm'), 'acme{Enter}');
  await screen.findByText('acme will be deleted');
  expect(screen.getByRole('button', { name: 'Delete acme' }).getAttribute('aria-disabled')).toBe('true');
  await user.click(screen.getByRole('button', { name: 'Keep acme' }));
  await waitFor(() => expect(screen.queryByText('acme will be deleted')).toBeNull());
  expect(world.organizations.get('acme')?.state).toBe('ACTIVE');
});

test('an owner limits the life of keys, and lifts the limit', async () => {
  const { user, world } = await openConsole(page);
  const days = () => screen.getByLabelText<HTMLInputElement>(/^Days at most/);
  const most = () => world.organizations.get('acme')?.maxKeyDays;
  await screen.findByRole('heading', { name: 'Life of keys' });
  expect(days().value).toBe('');
  await user.type(days(), '400{Enter}');
  await screen.findByText(/must be a number of days up to 365/);
  await user.clear(days());
  await user.type(days(), '30{Enter}');
  await screen.findByText('Saved.');
  expect(most()).toBe(30);
  expect(days().value).toBe('30');
  await user.clear(days());
  await user.type(days(), '{Enter}');
  await waitFor(() => expect(most()).toBeUndefined());
});

test('who may not rename or delete it is told why', async () => {
  const console = await openConsole('/organizations/acme/usage');
  const ada = console.world.members.get('acme')?.find(({ email }) => email === 'ada@example.com');
  if (ada !== undefined) ada.role = 'member';
  await console.refreshMe();
  await console.user.click(await screen.findByRole('link', { name: 'Organization' }));
  for (const name of ['Delete acme', 'Rename', 'Save']) {
    const button = await screen.findByRole('button', { name });
    await waitFor(() => expect(button.getAttribute('aria-disabled')).toBe('true'));
  }
});

test('a suspension is told on every page, with the operator’s reason', async () => {
  const first = await openConsole('/organizations/quiet/clusters');
  const quiet = first.world.organizations.get('quiet');
  expect(quiet).toBeDefined();
  if (quiet === undefined) return;
  quiet.state = 'SUSPENDED';
  quiet.suspension = { since: '2026-05-17T12:00:00Z', reason: 'unpaid since May' };
  await first.user.click(await screen.findByRole('link', { name: 'Usage' }));
  await first.refreshMe();
  await screen.findByText('quiet is suspended');
  expect(screen.getByText(/unpaid since May/)).toBeDefined();
});

test('the plan shows what is used and what is full', async () => {
  await openConsole('/organizations/acme/usage');
  await screen.findByRole('heading', { name: 'Plan: Team' });
  expect(screen.getByRole('meter', { name: 'Members: used of the plan' }).getAttribute('max')).toBe('25');
  expect(screen.getByText('Full')).toBeDefined();
  expect(screen.queryByRole('meter', { name: 'Nodes: used of the plan' })).toBeNull();
});
