import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('a second factor is set up, shows its recovery codes once, and is switched off', async () => {
  const { user, world } = await openConsole('/second-factor');
  await user.click(await screen.findByRole('button', { name: 'Set up' }));
  const picture = await screen.findByRole('img', { name: 'QR code with the key' });
  expect(picture.getAttribute('viewBox')).toBe('-4 -4 29 29');
  screen.getByText('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
  await user.click(screen.getByRole('button', { name: 'Switch on' }));
  await screen.findByText('Enter the code.');
  await user.type(screen.getByLabelText('Code'), '000000{Enter}');
  await screen.findByText(/is not what the app should show/);
  await user.clear(screen.getByLabelText('Code'));
  await user.type(screen.getByLabelText('Code'), '123456{Enter}');
  await screen.findByText(/k3q0-2mzt-x5ab-9dfe/);
  await user.click(screen.getByRole('button', { name: 'I have kept them' }));
  await screen.findByText('On');
  expect(document.body.textContent).not.toContain('k3q0-2mzt');
  await user.click(screen.getByRole('button', { name: 'Make new codes' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Make new codes' }));
  await user.click(await screen.findByRole('button', { name: 'I have kept them' }));
  await user.click(await screen.findByRole('button', { name: 'Switch off' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Switch off' }));
  await screen.findByRole('button', { name: 'Set up' });
  expect(world.factors.size).toBe(0);
});

test('signing in asks for the code in a second step', async () => {
  const { user, address } = await openConsole('/sign-in?next=/organizations/acme/operations', {
    signedIn: false,
    prepare: (world) => world.factors.set('ada@example.com', '2026-05-01T12:00:00Z'),
  });
  await user.type(await screen.findByLabelText('Work e-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'something{Enter}');
  await screen.findByRole('heading', { name: 'Enter your code' });
  await user.type(screen.getByLabelText('Code'), '000000{Enter}');
  await screen.findByText(/Code is wrong, or was used already/);
  await user.click(screen.getByRole('button', { name: 'Back' }));
  await user.type(await screen.findByLabelText('Work e-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'something{Enter}');
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  await screen.findByRole('heading', { name: 'Operations' });
  expect(address()).toBe('/organizations/acme/operations');
});

test('a dangerous act asks for the code too', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters/staging/settings', {
    prepare: (world) => {
      world.stale = true;
      world.factors.set('ada@example.com', '2026-05-01T12:00:00Z');
    },
  });
  await user.click(await screen.findByRole('button', { name: 'Delete cluster' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Delete staging?' }));
  await dialog.findByText(/Nothing is lost|can be taken back|lost at once/i);
  await user.type(dialog.getByLabelText('Type staging to confirm'), 'staging{Enter}');
  const proof = within(await screen.findByRole('dialog', { name: 'Is it you?' }));
  await user.type(proof.getByLabelText('Password'), 'something{Enter}');
  await user.type(await proof.findByLabelText('Code'), '123456{Enter}');
  expect(await screen.findByText('staging is deleted')).toBeDefined();
  expect(world.cluster('acme', 'staging')).toBeUndefined();
});

test('who lacks one is led to set it up, and then gets in', async () => {
  const { user, address } = await openConsole('/organizations/acme/operations', {
    prepare: (world) => world.factorRequired.add('acme'),
  });
  await screen.findByText('acme asks for a second factor');
  await user.click(screen.getByRole('link', { name: 'Set it up' }));
  await user.click(await screen.findByRole('button', { name: 'Set up' }));
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  await user.click(await screen.findByRole('button', { name: 'I have kept them' }));
  await user.click(await screen.findByRole('link', { name: 'Go on' }));
  await screen.findByRole('heading', { name: 'Operations' });
  expect(address()).toBe('/organizations/acme/operations');
});

test('an owner requires it, once they have one', async () => {
  const { user, world } = await openConsole('/organizations/acme/organization', {
    prepare: (world) => {
      const [first] = world.members.get('acme') ?? [];
      if (first !== undefined) first.passwordAlone = true;
    },
  });
  const own = await screen.findByRole('link', { name: 'Set up your own first' });
  await screen.findByText('One member has a password and no second factor');
  await user.click(own);
  await user.click(await screen.findByRole('button', { name: 'Set up' }));
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  await user.click(await screen.findByRole('button', { name: 'I have kept them' }));
  await user.click(await screen.findByRole('link', { name: 'Go on' }));
  await user.click(await screen.findByRole('button', { name: 'Require a second factor' }));
  await user.click(await screen.findByRole('button', { name: 'Allow the password alone' }));
  await waitFor(() => expect(world.factorRequired.has('acme')).toBe(false));
});
