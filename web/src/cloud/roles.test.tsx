import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

// By label: finding one of fifty boxes by its role takes a second each.
const box = (name: RegExp) => screen.getByLabelText<HTMLInputElement>(name);

test('a role is copied, changed by its ticks, and deleted', async () => {
  const { user, world, address } = await openConsole('/organizations/acme/roles');
  const made = () => world.roles.get('acme')?.find(({ name }) => name === 'Night watch');
  await user.click(await screen.findByRole('button', { name: 'Copy Auditor' }));
  const name = await screen.findByLabelText('Name');
  expect(box(/^See members/).checked).toBe(true);
  await user.clear(name);
  await user.type(name, 'Night watch');
  await user.click(box(/^Delete access keys/));
  await user.click(box(/^See clusters/)); // and all that needs it
  expect(box(/^Look at definitions/).checked).toBe(false);
  expect(box(/^Open the console of a cluster/).checked).toBe(false);
  await user.click(screen.getByRole('button', { name: 'Create role' }));
  await screen.findByRole('button', { name: 'Save role' });
  expect(address()).toBe(`/organizations/acme/roles/${made()?.id}`);
  expect(made()?.permissions).toContain('accesskey.delete');
  expect(made()?.permissions).not.toContain('cluster.use');

  await user.click(box(/^Create clusters/));
  expect(box(/^See clusters/).checked).toBe(true);
  await user.click(screen.getByRole('button', { name: 'Save role' }));
  await waitFor(() => expect(made()?.permissions).toContain('cluster.create'));
  await user.click(screen.getByRole('button', { name: 'Delete role' }));
  const ask = within(await screen.findByRole('dialog', { name: 'Delete Night watch?' }));
  await user.click(ask.getByRole('button', { name: 'Delete role' }));
  await waitFor(() => expect(made()).toBeUndefined());
  await waitFor(() => expect(address()).toBe('/organizations/acme/roles'));
});

test('who has a role is told, and keeps it from being deleted', async () => {
  const { user, world } = await openConsole('/organizations/acme/roles');
  const grant = world.grants.get('acme')?.[1];
  if (grant !== undefined) Object.assign(grant, { role: 'rol_release', roleName: 'Release manager' });
  const row = await screen.findByRole('row', { name: /^Release manager/ });
  await within(row).findByText('1 group');
  await user.click(within(row).getByRole('link'));
  expect((await screen.findByRole('row', { name: /Night shift/ })).textContent).toContain('Project default');
  expect(screen.getByRole('button', { name: 'Delete role' }).getAttribute('aria-disabled')).toBe('true');
});

test('a built-in role says what it allows and stays as it is', async () => {
  await openConsole('/organizations/acme/roles/member');
  await screen.findByText('Grace Hopper (grace@example.com)');
  expect((await screen.findByLabelText<HTMLInputElement>(/^Create clusters/)).disabled).toBe(true);
  expect(screen.queryByRole('button', { name: 'Delete role' })).toBeNull();
});

test('nobody gives what they do not have', async () => {
  await openConsole('/organizations/guild/new-role?from=owner');
  await screen.findByText('The copy has less than its model');
  expect(box(/^Remove members/).disabled).toBe(true);
  expect(box(/^Make access keys/).disabled).toBe(false);
});

test('a name that is taken is told at the field', async () => {
  const { user } = await openConsole('/organizations/acme/new-role');
  await user.type(await screen.findByLabelText('Name'), 'Release manager');
  await user.click(screen.getByRole('button', { name: 'Create role' }));
  await screen.findByText('Name is taken.');
});

test('roles are compared', async () => {
  await openConsole('/organizations/acme/compare-roles');
  const table = await screen.findByRole('table', { name: 'What each role allows' });
  const row = within(table).getByRole('row', { name: /^Change the roles of members/ });
  expect(within(row).getAllByText('Yes')).toHaveLength(2); // owner and admin
});
