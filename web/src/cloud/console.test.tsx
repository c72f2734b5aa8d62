import { screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { openConsole } from './testing';

test('who is not signed in signs in and comes back to the page that was wanted', async () => {
  const { user, address, navigations } = await openConsole('/organizations/acme/operations?state=FAILED', {
    signedIn: false,
  });
  await user.type(await screen.findByLabelText('Work e-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'something{Enter}');
  await screen.findByRole('heading', { name: 'Operations' });
  expect(address()).toBe('/organizations/acme/operations?state=FAILED');
  // The page, the sign-in page, the page: opened a second time, it would lose what one has begun in it.
  expect(navigations()).toBe(3);
});

test('a wrong password is told over the form', async () => {
  const { user } = await openConsole('/sign-in', { signedIn: false });
  await user.type(await screen.findByLabelText('Work e-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'wrong{Enter}');
  expect((await screen.findByRole('alert')).textContent).toContain('E-mail or password is wrong.');
});

test('signing up shows errors at their fields, then leads to the first cluster', async () => {
  const { user, address } = await openConsole('/sign-up', { signedIn: false });
  await user.type(await screen.findByLabelText('Work e-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Your name'), 'Alan Turing');
  await user.type(screen.getByLabelText('Organization'), 'Bletchley');
  await user.click(screen.getByRole('button', { name: 'Create account' }));
  expect(screen.getByText('Use 8 characters or more.')).toBeDefined();
  expect(screen.getByText(/^Use small letters only/)).toBeDefined();

  await user.type(screen.getByLabelText('Password'), 'enigma-machine');
  await user.clear(screen.getByLabelText('Organization'));
  await user.type(screen.getByLabelText('Organization'), 'bletchley');
  expect(screen.getByText('This is a good name.')).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Create account' }));
  expect(await screen.findByText('Work e-mail is taken.')).toBeDefined();

  await user.clear(screen.getByLabelText('Work e-mail'));
  await user.type(screen.getByLabelText('Work e-mail'), 'alan@example.com{Enter}');
  await screen.findByRole('heading', { name: 'Create your first cluster' });
  expect(address()).toBe('/organizations/bletchley/clusters');
});

test('a session that ended leads to the sign-in page and back', async () => {
  const { user, address, expireSessions } = await openConsole('/organizations/acme/clusters');
  await screen.findByRole('link', { name: 'encoding' });
  expireSessions();
  await user.click(screen.getByRole('link', { name: 'Members' }));
  expect(await screen.findByText('Your session has ended. Sign in to go on where you were.')).toBeDefined();
  await user.type(screen.getByLabelText('Work e-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'something{Enter}');
  await screen.findByRole('heading', { name: 'Members' });
  expect(address()).toBe('/organizations/acme/members');
});

test('one click creates the first cluster, and its page follows every step', async () => {
  const { user, address, world } = await openConsole('/organizations/quiet/clusters');
  await user.click(await screen.findByRole('button', { name: 'Create cluster' }));
  await screen.findByRole('heading', { name: 'Create cluster first' });
  expect(await screen.findByText('first is ready')).toBeDefined();
  const steps = within(screen.getByRole('list', { name: 'Steps' })).getAllByRole('listitem');
  expect(steps).toHaveLength(7);
  for (const step of steps) expect(step.textContent).toContain('Done');
  await user.click(screen.getByRole('link', { name: 'Go to the cluster' }));
  expect(await screen.findByText(world.cluster('quiet', 'first')?.endpoint ?? 'no endpoint')).toBeDefined();
  expect(address()).toBe('/organizations/quiet/clusters/first');
});

test('a creation that fails says why at its step and what was undone', async () => {
  const { user } = await openConsole('/organizations/acme/create-cluster');
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'failing{Enter}');
  expect(await screen.findByText('The cluster was not created')).toBeDefined();
  const steps = within(screen.getByRole('list', { name: 'Steps' }));
  expect(steps.getByText(/did not answer within 5 s/)).toBeDefined();
  expect(steps.getAllByText(/^Undone/)).toHaveLength(4);
  expect(steps.getByText('3 attempts')).toBeDefined();
  expect(steps.getAllByText('Not reached')).toHaveLength(2);
});

test('a name that is taken is told at the field', async () => {
  const { user, world } = await openConsole('/organizations/acme/create-cluster');
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'encoding{Enter}');
  expect(await screen.findByText('Name is taken.')).toBeDefined();
  expect(world.clusters.get('acme')).toHaveLength(5);
});

test('changes of others arrive by themselves', async () => {
  const { world } = await openConsole('/organizations/acme/clusters');
  const card = within(await screen.findByRole('article', { name: 'encoding' }));
  expect(card.getByText('Ready')).toBeDefined();
  const cluster = world.cluster('acme', 'encoding');
  if (cluster === undefined) throw new Error('the seed has no such cluster');
  await waitFor(() => {
    // Announced until the stream is open.
    world.announce({ ...cluster, state: 'UNREACHABLE' });
    expect(card.getByText('Unreachable')).toBeDefined();
  });
  world.removeCluster(cluster);
  await waitFor(() => expect(screen.queryByRole('article', { name: 'encoding' })).toBeNull());
});

test('what happened while the page was hidden is caught up with', async () => {
  const { world } = await openConsole('/organizations/acme/clusters');
  const visibility = vi.spyOn(document, 'visibilityState', 'get');
  const turn = (state: DocumentVisibilityState) => {
    visibility.mockReturnValue(state);
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const cluster = world.cluster('acme', 'encoding');
  if (cluster === undefined) throw new Error('the seed has no such cluster');
  await waitFor(() => {
    world.announce({ ...cluster, version: 'v9' }); // Until the stream is open.
    expect(screen.getByText(/v9/)).toBeDefined();
  });
  turn('hidden');
  await waitFor(() => expect(world.changes.listenerCount('change')).toBe(0));
  world.removeCluster(cluster);
  turn('visible');
  await waitFor(() => expect(screen.queryByRole('article', { name: 'encoding' })).toBeNull());
});

test('a secret is shown once and fills in the programs', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/payments/connect');
  const program = await screen.findByRole('region', { name: 'Go program main.go' });
  expect(program.textContent).toContain('YOUR_KEY_SECRET');
  await user.click(screen.getByRole('button', { name: 'Create access key' }));
  await user.click(await screen.findByRole('button', { name: 'Create key' }));
  const lines = await screen.findByRole('region', { name: 'environment lines' });
  const secret = /CONDUCTOR_AUTH_SECRET='(.+)'/.exec(lines.textContent ?? '')?.[1] ?? '';
  expect(secret).not.toBe('');
  await user.keyboard('{Escape}');
  expect(screen.getByText('Copy the secret now')).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'I have copied it' }));
  await waitFor(() => expect(program.textContent).toContain(secret));
  await user.click(screen.getByRole('tab', { name: 'Access keys' }));
  const table = await screen.findByRole('table', { name: 'Access keys' });
  expect(table.textContent).toContain('workers');
  expect(document.body.textContent).not.toContain(secret);
});

test('access keys are offered the days that the organization allows', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/encoding/access-keys', {
    prepare: (world) => Object.assign(world.organizations.get('acme') ?? {}, { maxKeyDays: 45 }),
  });
  const offered = async (button: string) => {
    await user.click(await screen.findByRole('button', { name: button }));
    const form = within(await screen.findByRole('dialog'));
    form.getByText('acme lets keys be good for 45 days at most.');
    const { value, children } = form.getByLabelText<HTMLSelectElement>('Valid for');
    await user.click(form.getByRole('button', { name: 'Cancel' }));
    return [value, ...[...children].map(({ textContent }) => textContent)];
  };
  expect(await offered('Create access key')).toEqual(['45', '7 days', '30 days', '45 days']);
  expect(await offered('Renew the secret of billing')).toEqual(['45', '7 days', '30 days', '45 days']);
});

test('keys that end soon or have ended are marked', async () => {
  await openConsole('/organizations/acme/clusters/encoding/access-keys');
  const table = within(await screen.findByRole('table', { name: 'Access keys' }));
  const row = (name: string) => table.getByText(name).closest('tr')?.textContent;
  expect(row('image workers')).not.toContain('Expire');
  expect(row('billing')).toContain('Expires soon');
  expect(row('old laptop')).toContain('Expired');
});

test('a key is paused, let in again, and given another secret', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters/encoding/access-keys');
  const table = within(await screen.findByRole('table', { name: 'Access keys' }));
  const key = () => world.accessKeys.get('acme/encoding')?.find(({ name }) => name === 'billing');
  await user.click(table.getByRole('button', { name: 'Pause billing' }));
  await table.findByText('Paused');
  expect(key()?.paused).toBe(true);
  await user.click(table.getByRole('button', { name: 'Let billing in again' }));
  await table.findByRole('button', { name: 'Pause billing' });
  expect(key()?.paused).toBe(false);
  await user.click(table.getByRole('button', { name: 'Renew the secret of billing' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Renew the secret of billing' }));
  await user.selectOptions(dialog.getByLabelText('The present secret stays good for'), '7 days');
  await user.click(dialog.getByRole('button', { name: 'Renew secret' }));
  await screen.findByText('Copy the secret now');
  expect(key()?.formerUntil).toBeDefined();
});

test('deleting a cluster asks for its name and shows the deletion', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters/staging/settings');
  await user.click(await screen.findByRole('button', { name: 'Delete cluster' }));
  const dialog = within(screen.getByRole('dialog', { name: 'Delete staging?' }));
  await user.selectOptions(dialog.getByLabelText('Can be taken back for'), '7 days');
  await dialog.findByText('Nothing is lost for 7 days.');
  await user.type(dialog.getByLabelText('Type staging to confirm'), 'staging{Enter}');
  expect(await screen.findByText('staging is deleted')).toBeDefined();
  expect(world.cluster('acme', 'staging')).toBeUndefined();
});

test('what a member may not do says why', async () => {
  const { user } = await openConsole('/organizations/guild/clusters/shared/settings');
  const button = await screen.findByRole('button', { name: 'Delete cluster' });
  expect(button.getAttribute('aria-disabled')).toBe('true');
  await user.hover(button);
  expect((await screen.findByRole('tooltip')).textContent).toContain('does not let you delete this cluster');
});

test('organizations are switched and made', async () => {
  const { user, address } = await openConsole('/organizations/acme/clusters');
  await user.click(await screen.findByRole('button', { name: 'Organization acme' }));
  await user.click(await screen.findByRole('menuitemradio', { name: 'quiet' }));
  await screen.findByRole('heading', { name: 'Create your first cluster' });
  await user.click(screen.getByRole('button', { name: 'Organization quiet' }));
  await user.click(await screen.findByRole('menuitem', { name: 'New organization' }));
  await screen.findByRole('heading', { name: 'New organization' });
  await user.type(screen.getByLabelText('Name'), 'fresh-start{Enter}');
  await screen.findByRole('button', { name: 'Organization fresh-start' });
  expect(address()).toBe('/organizations/fresh-start/clusters');
});

test('a list that cannot be loaded says so and can be tried again', async () => {
  await openConsole('/organizations/broken/clusters');
  const alert = await screen.findByRole('alert', undefined, { timeout: 5000 });
  expect(alert.textContent).toContain('The clusters could not be loaded');
  expect(within(alert).getByRole('button', { name: 'Try again' })).toBeDefined();
});

test.each(['/organizations/acme/nowhere', '/organizations/strangers/clusters', '/nowhere'])(
  '%s is not found',
  async (address) => {
    await openConsole(address);
    expect(await screen.findByText('There is no such page')).toBeDefined();
  },
);
