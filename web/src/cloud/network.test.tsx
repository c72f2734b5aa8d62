import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { ask, connect, peeringsOf } from '../../mock/cloud/network.ts';
import { openConsole } from './testing';

const address = '/organizations/acme/clusters/encoding/network';

async function fill(user: Awaited<ReturnType<typeof openConsole>>['user'], ranges: string) {
  await user.click(await screen.findByRole('button', { name: 'Connect a network' }));
  const dialog = await screen.findByRole('dialog', { name: 'Connect a network' });
  await user.type(within(dialog).getByLabelText('Account'), '111122223333');
  await user.type(within(dialog).getByLabelText('Network'), 'vpc-workers');
  await user.type(within(dialog).getByLabelText('Ranges of addresses'), ranges);
  await user.click(within(dialog).getByRole('button', { name: 'Check' }));
  return dialog;
}

test('a network is checked, asked for, accepted and disconnected', async () => {
  const { user, world } = await openConsole(address);
  expect(await screen.findByText('10.64.0.0/20')).toBeTruthy();
  expect(await screen.findByText('No network is connected')).toBeTruthy();
  const dialog = await fill(user, '10.20.0.0/16');
  const checks = await within(dialog).findByRole('list', { name: 'Checks' });
  expect(checks.textContent).toContain('share no address');
  expect(checks.textContent).toContain('Works, with a disadvantage');
  await user.click(within(dialog).getByRole('button', { name: 'Ask for the connection' }));

  const card = await screen.findByRole('region', { name: 'Network vpc-workers' });
  expect(await within(card).findByText('Waiting for you')).toBeTruthy();
  expect(card.textContent).toContain('Accept the connection pcx-0123 in your account');
  expect(within(card).getByRole('region', { name: 'AWS CLI' }).textContent).toContain(
    'accept-vpc-peering-connection',
  );
  expect(within(card).getByRole('region', { name: 'Terraform' })).toBeTruthy();
  expect(within(card).getByRole('list', { name: 'Steps' }).textContent).toContain(
    'Wait until you have accepted it',
  );

  const [peering] = peeringsOf(world, 'acme', 'encoding');
  if (peering === undefined) throw new Error('nothing was asked for');
  connect(peering);
  world.changes.emit('change', { org: 'acme', event: 'operation', data: peering.operation });
  await waitFor(() => expect(within(card).getByText('Connected')).toBeTruthy());
  expect(card.textContent).toContain('your network → cluster, zone euc1-az1');

  await user.click(within(card).getByRole('button', { name: 'Disconnect' }));
  await user.click(
    within(await screen.findByRole('dialog', { name: 'Disconnect vpc-workers?' })).getByRole('button', {
      name: 'Disconnect',
    }),
  );
  expect(await screen.findByText('No network is connected')).toBeTruthy();
});

test('a connection that does not work any more says why, and since when', async () => {
  await openConsole(address, {
    prepare: (world) => {
      const peering = ask(world, 'acme', 'encoding', {
        account: '111122223333',
        network: 'vpc-workers',
        region: 'eu-central-1',
        ranges: ['10.20.0.0/16'],
      });
      connect(peering);
      Object.assign(peering, {
        state: 'DEGRADED',
        degradedAt: new Date(Date.now() - 300_000).toISOString(),
        reason: 'Your network does not reach the cluster in zone euc1-az1: no answer. Check your route.',
      });
    },
  });
  expect(await screen.findByText('Degraded')).toBeTruthy();
  expect(screen.getByText('The networks do not reach each other')).toBeTruthy();
  expect(screen.getByText(/no answer. Check your route/)).toBeTruthy();
  expect(screen.getByText(/tried every minute/).textContent).toContain('5 min ago');
});

test('what cannot work is said before anything is asked for', async () => {
  const { user, world } = await openConsole(address);
  const dialog = await fill(user, '10.64.4.0/24');
  expect(await within(dialog).findByText(/share addresses/)).toBeTruthy();
  expect(within(dialog).queryByRole('button', { name: 'Ask for the connection' })).toBeNull();
  await user.click(within(dialog).getByRole('button', { name: 'Back' }));
  expect(within(dialog).getByLabelText<HTMLInputElement>('Network').value).toBe('vpc-workers');
  expect(peeringsOf(world, 'acme', 'encoding')).toHaveLength(0);
});

test('empty fields are named', async () => {
  const { user } = await openConsole(address);
  await user.click(await screen.findByRole('button', { name: 'Connect a network' }));
  const dialog = await screen.findByRole('dialog', { name: 'Connect a network' });
  await user.click(within(dialog).getByRole('button', { name: 'Check' }));
  expect(within(dialog).getByText('Enter the account that owns the network.')).toBeTruthy();
  expect(within(dialog).getByText('Enter at least one range, such as 10.20.0.0/16.')).toBeTruthy();
});
