import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('nobody agrees to a change of which it is not known what it would do', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters/staging/settings');
  world.previewProblem = 'The cluster is being backed up.';
  const before = world.operations.length;
  await user.click(await screen.findByRole('button', { name: 'Pause' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Pause staging?' }));
  await dialog.findByText('The cluster is being backed up.');
  const confirm = dialog.getByRole('button', { name: 'Pause' });
  expect(confirm.getAttribute('aria-disabled')).toBe('true');
  await user.click(confirm);
  confirm.focus();
  await user.keyboard('{Enter}');
  expect(world.operations.length).toBe(before);

  world.previewProblem = undefined;
  await user.click(dialog.getByRole('button', { name: 'Look again' }));
  await dialog.findByText('All nodes stop.');
  expect(dialog.getByRole('button', { name: 'Pause' }).getAttribute('aria-disabled')).toBeNull();
});

test('a cluster is resized once its new price is known', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/staging/settings');
  const resize = await screen.findByRole('button', { name: 'Resize' });
  expect(resize.getAttribute('aria-disabled')).toBe('true');
  await user.selectOptions(screen.getByLabelText('Size of each node'), 'medium');
  await user.click(screen.getByRole('button', { name: 'Resize' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Resize staging?' }));
  await dialog.findByText('The price becomes €25.00 for 30 days, instead of €15.00.');
  await user.click(dialog.getByRole('button', { name: 'Resize' }));
  await screen.findByRole('heading', { name: 'Resize cluster staging' });
});

test("nodes in the customer's network are brought to a release, and to nothing else", async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters/encoding/nodes');
  Object.assign(world.cluster('acme', 'staging') ?? {}, {
    cloud: 'remote',
    model: 'customer',
    wantedVersion: '1.4.0',
  });
  await user.click(await screen.findByRole('link', { name: /Clusters/ }));
  await user.click(await screen.findByRole('link', { name: 'staging' }));
  await user.click(await screen.findByRole('tab', { name: 'Settings' }));
  const versions = await screen.findByLabelText('Version of the software');
  expect(within(versions).queryByRole('option', { name: 'dev-4f1c' })).toBeNull();
  expect(screen.queryByLabelText('Size of each node')).toBeNull();
  await user.selectOptions(versions, '1.5.0');
  await user.click(screen.getByRole('button', { name: 'Change version' }));
  await screen.findByRole('dialog', { name: 'Change the version of staging?' });
});
