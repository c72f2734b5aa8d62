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
  await dialog.findByText('All nodes stop. Nothing is lost.');
  expect(dialog.getByRole('button', { name: 'Pause' }).getAttribute('aria-disabled')).toBeNull();
});
