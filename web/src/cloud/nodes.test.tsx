import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('the nodes tell how they are, and one is added by an operation', async () => {
  const { user, address } = await openConsole('/organizations/acme/clusters/encoding/nodes');
  const table = await screen.findByRole('table', { name: 'Nodes' });
  const [, first, second] = within(table).getAllByRole('row');
  expect(first?.textContent).toContain('Node 0');
  expect(first?.textContent).toContain('Healthy');
  expect(first?.textContent).toContain('96 MiB');
  expect(first?.textContent).toContain('0.25');
  expect(second?.textContent).toContain('Node 1');
  expect(second?.textContent).toContain('Out of reach');
  expect(second?.textContent).not.toContain('MiB');

  await user.click(screen.getByRole('button', { name: 'Add a node' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add a node to encoding?' });
  expect(await within(dialog).findByText('The cluster has 3 nodes.')).toBeTruthy();
  await user.click(within(dialog).getByRole('button', { name: 'Add a node to' }));
  await waitFor(() => expect(address()).toContain('/operations/'));
});

test('why there cannot be more nodes is said', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/staging/nodes');
  const remove = await screen.findByRole('button', { name: 'Remove a node' });
  expect(remove.getAttribute('aria-disabled')).toBe('true');
  await user.click(screen.getByRole('button', { name: 'Add a node' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add a node to staging?' });
  expect(await within(dialog).findByText(/keep their data in a folder/)).toBeTruthy();
});

test('a node is revoked, once', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/encoding/nodes');
  await user.click(await screen.findByRole('button', { name: 'Actions for Node 1' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Revoke' }));
  const dialog = await screen.findByRole('dialog', { name: 'Revoke Node 1?' });
  await user.click(within(dialog).getByRole('button', { name: 'Revoke node' }));
  const row = await screen.findByRole('row', { name: /Node 1/ });
  await waitFor(() => expect(row.textContent).toContain('Revoked'));
  await user.click(screen.getByRole('button', { name: 'Actions for Node 1' }));
  const again = await screen.findByRole('menuitem', { name: /Revoke/ });
  expect(again.getAttribute('aria-disabled')).toBe('true');
});

test('a node is asked for something of the list, and its answer is shown', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/encoding/nodes');
  await user.click(await screen.findByRole('button', { name: 'Actions for Node 0' }));
  const off = await screen.findByRole('menuitem', { name: /Make a backup that stays there/ });
  expect(off.getAttribute('aria-disabled')).toBe('true');
  await user.click(screen.getByRole('menuitem', { name: 'Collect diagnostics' }));
  const dialog = await screen.findByRole('dialog', { name: 'Node 0: collect diagnostics?' });
  await user.click(within(dialog).getByRole('button', { name: 'Ask the node' }));
  const table = await screen.findByRole('table', { name: 'Asked of nodes' });
  await waitFor(() => expect(table.textContent).toContain('Done'));
  await user.click(within(table).getByRole('button', { name: 'Show answer' }));
  const answer = await screen.findByRole('dialog', { name: 'Collect diagnostics' });
  expect(within(answer).getByRole('table', { name: 'Answer' }).textContent).toContain('1.4.0');
});

test('a node is drained and resumed', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/encoding/nodes');
  const ask = async (what: string) => {
    await user.click(await screen.findByRole('button', { name: 'Actions for Node 0' }));
    await user.click(await screen.findByRole('menuitem', { name: what }));
    const dialog = await screen.findByRole('dialog');
    await user.click(within(dialog).getByRole('button', { name: 'Ask the node' }));
  };
  await ask('Drain it');
  await screen.findByRole('row', { name: /Node 0.*Drained/ }, { timeout: 10_000 });
  await user.click(screen.getByRole('button', { name: 'Actions for Node 0' }));
  const again = await screen.findByRole('menuitem', { name: /Drain it/ });
  expect(again.getAttribute('aria-disabled')).toBe('true');
  await user.keyboard('{Escape}');
  await ask('Resume it');
  await screen.findByRole('row', { name: /Node 0.*Healthy/ }, { timeout: 10_000 });
});
