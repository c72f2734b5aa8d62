import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('the usage of the organization: charts, figures for screen readers, CSV', async () => {
  await openConsole('/organizations/acme/usage');
  const table = await screen.findByRole('table', { name: 'Executions by day' });
  expect(within(table).getAllByRole('row')).toHaveLength(31);
  expect(screen.getByRole('list', { name: 'Clusters' }).textContent).toBe('encodingpayments');
  const link = screen.getByRole('link', { name: 'Download CSV' });
  expect(link.getAttribute('href')).toMatch(
    /^\/api\/v1\/organizations\/acme\/usage\.csv\?from=\d{4}-\d\d-\d\d$/,
  );
});

test('one cluster has its usage for itself; the period is in the address', async () => {
  const { user, address } = await openConsole('/organizations/acme/clusters/payments/usage');
  await screen.findByRole('table', { name: 'Tasks by day' });
  expect(screen.queryByRole('list', { name: 'Clusters' })).toBeNull();
  await user.selectOptions(screen.getByLabelText('Period'), '7');
  expect(address()).toBe('/organizations/acme/clusters/payments/usage?days=7');
  const table = await screen.findByRole('table', { name: 'Tasks by day' });
  await expect.poll(() => within(table).queryAllByRole('row').length).toBe(8);
});

test('nothing used yet, and a store that does not answer', async () => {
  await openConsole('/organizations/quiet/usage');
  await screen.findByText('Nothing was used yet');
  await screen.findByText('No limits');
});

test('a limit is added, shown and removed', async () => {
  const { user } = await openConsole('/organizations/acme/usage');
  await user.click(await screen.findByRole('button', { name: 'Add limit' }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(dialog.getByRole('button', { name: 'Add limit' }));
  await dialog.findByText(/give a soft or a hard limit/);
  await user.selectOptions(dialog.getByLabelText('Of'), 'payments');
  await user.type(dialog.getByLabelText(/Hard limit/), '5000');
  await user.click(dialog.getByRole('button', { name: 'Add limit' }));
  const row = within(await screen.findByRole('row', { name: /payments/ }));
  row.getByText('5,000');
  row.getByText('Enough is left');
  await user.click(row.getByRole('button', { name: /Remove the limit/ }));
  await screen.findByText('No limits');
});

test('a data plane joins: the page shows a token once and turns green', async () => {
  const { world, user } = await openConsole('/organizations/acme/clusters/encoding/join');
  await screen.findByText('There is nothing to join');
  const cluster = world.cluster('acme', 'encoding');
  if (cluster === undefined) throw new Error('no cluster');
  Object.assign(cluster, { cloud: 'remote', state: 'CREATING' });
  world.changes.emit('change', { org: 'acme', event: 'cluster', data: { ...cluster } });
  await screen.findByText("Waiting for the data plane's call");
  await user.click(screen.getByRole('button', { name: 'Make a join token' }));
  await screen.findByText(/install\.sh/);
  await user.click(screen.getByRole('tab', { name: 'Program' }));
  await screen.findByText(/edge --control-plane/);
  Object.assign(cluster, { state: 'READY' });
  world.changes.emit('change', { org: 'acme', event: 'cluster', data: { ...cluster } });
  await screen.findByText('The data plane calls');
});
