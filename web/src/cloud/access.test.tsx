import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('a group is given a role in a cluster, and it is taken back', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters/staging/access');
  await user.click(await screen.findByRole('button', { name: 'Give access' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Give access to staging' }));
  await user.click(dialog.getByRole('button', { name: 'Give access' }));
  expect(dialog.getByText('Choose a person or a group.')).toBeDefined();
  await dialog.findByRole('option', { name: 'Night shift' });
  await user.selectOptions(dialog.getByLabelText('Who'), 'Night shift');
  await user.selectOptions(dialog.getByLabelText('Role'), 'Viewer');
  expect(dialog.getByText('Look, and change nothing.')).toBeDefined();
  await user.click(dialog.getByRole('button', { name: 'Give access' }));
  const given = () => world.grants.get('acme')?.filter(({ cluster }) => cluster === 'staging');
  await waitFor(() => expect(given()).toHaveLength(1));
  expect(given()?.[0]).toMatchObject({ principalKind: 'group', role: 'cluster-viewer' });

  await user.click(await screen.findByRole('button', { name: 'Take Viewer back from Night shift' }));
  const ask = within(await screen.findByRole('dialog', { name: 'Take Viewer back from Night shift?' }));
  await user.click(ask.getByRole('button', { name: 'Take back' }));
  await waitFor(() => expect(given()).toEqual([]));
});

test('what holds by the project is shown, and stays', async () => {
  await openConsole('/organizations/acme/clusters/encoding/access');
  const table = within(await screen.findByRole('table', { name: 'Access' }));
  expect(table.getByRole('row', { name: /Night shift/ }).textContent).toContain('Project default');
  const take = table.getByRole('button', { name: 'Take Operator back from Night shift' });
  expect(take.getAttribute('aria-disabled')).toBe('true');
});

test('who may not give access is told so', async () => {
  await openConsole('/organizations/guild/clusters/shared/access');
  const give = await screen.findByRole('button', { name: 'Give access' });
  expect(give.getAttribute('aria-disabled')).toBe('true');
});
