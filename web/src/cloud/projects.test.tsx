import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('a project is made, filled, renamed, and deleted when it is empty', async () => {
  const { user, world, address } = await openConsole('/organizations/acme/projects');
  await user.click(await screen.findByRole('button', { name: 'Create project' }));
  const form = within(await screen.findByRole('dialog', { name: 'Create project' }));
  await user.type(form.getByLabelText('Name'), 'media');
  await user.click(form.getByRole('button', { name: 'Create project' }));
  await screen.findByText('No clusters in this project');
  expect(address()).toBe('/organizations/acme/projects/media');

  await user.click(screen.getByRole('button', { name: 'Move a cluster here' }));
  const moving = within(await screen.findByRole('dialog', { name: 'Move a cluster to media' }));
  await user.click(moving.getByRole('button', { name: 'Move cluster' }));
  expect(moving.getByText('Choose a cluster.')).toBeDefined();
  await user.selectOptions(moving.getByLabelText('Cluster'), 'encoding');
  await user.click(moving.getByRole('button', { name: 'Move cluster' }));
  await screen.findByRole('link', { name: 'encoding' });
  expect(world.cluster('acme', 'encoding')?.project).toBe('media');

  await user.click(screen.getByRole('button', { name: 'Rename' }));
  const name = within(await screen.findByRole('dialog', { name: 'Rename media' })).getByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'video{Enter}');
  await screen.findByRole('heading', { name: 'video' });
  const remove = () => screen.getByRole('button', { name: 'Delete project' });
  await waitFor(() => expect(remove().getAttribute('aria-disabled')).toBe('true'));

  await user.click(await screen.findByRole('button', { name: 'Move encoding to another project' }));
  const back = within(await screen.findByRole('dialog', { name: 'Move encoding' }));
  await user.selectOptions(back.getByLabelText('To project'), 'default');
  await user.click(back.getByRole('button', { name: 'Move cluster' }));
  await screen.findByText('No clusters in this project');
  await waitFor(() => expect(remove().getAttribute('aria-disabled')).toBeNull());
  await user.click(remove());
  const ask = within(await screen.findByRole('dialog', { name: 'Delete video?' }));
  await user.click(ask.getByRole('button', { name: 'Delete project' }));
  await waitFor(() => expect(address()).toBe('/organizations/acme/projects'));
  await waitFor(() => expect(screen.queryByText('video')).toBeNull());
});

test('a role is given in a whole project, and what holds everywhere stays', async () => {
  const { user, world } = await openConsole('/organizations/acme/projects/default');
  const table = within(await screen.findByRole('table', { name: 'Access' }));
  expect(table.getByRole('row', { name: /Night shift/ }).textContent).toContain('This project');
  expect(table.queryByRole('row', { name: /grace@example.com/ })).toBeNull(); // has a role in one cluster only
  await user.click(screen.getByRole('button', { name: 'Give access' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Give access to default' }));
  await dialog.findByRole('option', { name: /Grace Hopper/ });
  await user.selectOptions(dialog.getByLabelText('Who'), 'Grace Hopper (grace@example.com)');
  await user.selectOptions(dialog.getByLabelText('Role'), 'Project admin');
  await user.click(dialog.getByRole('button', { name: 'Give access' }));
  await screen.findByRole('row', { name: /grace@example.com/ });
  expect(world.grants.get('acme')?.at(-1)).toMatchObject({ role: 'project-admin', project: 'default' });
});

test('the default project stays, and who may not change projects is told so', async () => {
  await openConsole('/organizations/guild/projects/default');
  for (const name of ['Rename', 'Delete project', 'Move a cluster here', 'Give access']) {
    const button = await screen.findByRole('button', { name });
    expect(button.getAttribute('aria-disabled'), name).toBe('true');
  }
});
