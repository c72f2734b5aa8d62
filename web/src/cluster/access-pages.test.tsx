import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

const dialog = async (name: string | RegExp) => within(await screen.findByRole('dialog', { name }));

test.each(['/access', '/definitions/make_thumbnail/sharing', '/your-access'])(
  'a cluster without credentials says so on %s, and how to want them',
  async (path) => {
    await openConsole(path);
    await screen.findByRole('heading', { name: 'This cluster runs without credentials' });
    expect(screen.getByRole('region', { name: 'commands' }).textContent).toContain('key create');
    expect(screen.queryByRole('tab', { name: 'Applications' })).toBeNull();
  },
);

/** Opens a page of a cluster with keys, as an admin. */
async function openAccess(path: string, options: { maxKeyDays?: number } = {}) {
  sessionStorage.setItem('podium-token-clu_mock', 'mock-token');
  return openConsole(path, { auth: 'keys', ...options });
}

test('a new application gets a role and a key, whose secret is shown once', async () => {
  const { user, world, address } = await openAccess('/access/applications');
  await user.click(await screen.findByRole('button', { name: 'New application' }));
  let ask = await dialog('New application');
  await user.type(ask.getByLabelText('Name'), 'image workers');
  await user.click(ask.getByRole('button', { name: 'Create' }));
  await screen.findByRole('heading', { name: 'image workers' });
  await screen.findByText(/It may do nothing here/);
  const id = address().split('/').at(-1) ?? '';

  await user.click(screen.getByRole('button', { name: 'Change role' }));
  ask = await dialog('The role of image workers');
  await user.selectOptions(ask.getByLabelText('Role'), 'Worker');
  await user.click(ask.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(world.directory.application(id).roles).toEqual(['UNRESTRICTED_WORKER']));
  await screen.findByText(/work on tasks and start workflows/);

  await user.click(await screen.findByRole('button', { name: 'Create access key' }));
  ask = await dialog('Create an access key for image workers');
  await user.selectOptions(ask.getByLabelText('Good for'), '30 days');
  await user.click(ask.getByRole('button', { name: 'Create key' }));
  ask = await dialog('The new access key');
  const [key] = world.directory.keysOf(id);
  const secret = world.directory.key(key?.id ?? '').secret;
  ask.getByText(secret);
  await user.click(ask.getByRole('button', { name: 'I have copied it' }));
  await waitFor(() => expect(screen.queryByText(secret)).toBeNull());
  expect((key?.expiresAt ?? 0) - Date.now()).toBeGreaterThan(29 * 24 * 3600_000);
});

test('where keys have to end, none is offered that lives longer', async () => {
  const { user } = await openAccess('/access/applications/app_shop', { maxKeyDays: 45 });
  await user.click(await screen.findByRole('button', { name: 'Create access key' }));
  const ask = await dialog('Create an access key for web shop');
  const lives = ask.getByLabelText('Good for');
  expect([...lives.querySelectorAll('option')].map((one) => one.textContent)).toEqual([
    '7 days',
    '30 days',
    '45 days',
  ]);
  ask.getByText('Your organization lets keys be good for 45 days at most.');
});

test('keys tell what one should know of them, are paused and renewed with two secrets', async () => {
  const { user, world } = await openAccess('/access/applications/app_shop');
  const table = within(await screen.findByRole('table', { name: 'Access keys' }));
  const [, one, two] = table.getAllByRole('row');
  expect(one?.textContent).toContain('Ends soon');
  expect(two?.textContent).toContain('Paused');
  await user.click(table.getByRole('button', { name: 'Let key …op_two in again' }));
  await waitFor(() => expect(world.directory.key('key_shop_two').status).toBe('ACTIVE'));
  await user.click(table.getByRole('button', { name: 'Renew the secret of key …op_one' }));
  const ask = await dialog('Renew the secret');
  await user.click(ask.getByRole('button', { name: 'Renew secret' }));
  (await dialog('The new secret')).getByText('unseen_new');
  await user.click(screen.getByRole('button', { name: 'I have copied it' }));
  await screen.findByText(/two secrets; the old one ends/);
});

test('a key that was made elsewhere is not changed here', async () => {
  await openAccess('/access/applications/key_ci');
  await screen.findByText('Its key was made in the cloud console');
  const make = await screen.findByRole('button', { name: 'Create access key' });
  expect(make.getAttribute('aria-disabled')).toBe('true');
  expect(screen.queryByRole('button', { name: 'Rename' })).toBeNull();
});

test('an application is deleted with its name typed', async () => {
  const { user, world, address } = await openAccess('/access/applications/app_report');
  await user.click(await screen.findByRole('button', { name: 'Delete' }));
  const ask = await dialog('Delete nightly reports?');
  await user.type(ask.getByLabelText('Type nightly reports to confirm'), 'nightly reports');
  await user.click(ask.getByRole('button', { name: 'Delete application' }));
  await waitFor(() => expect(address()).toBe('/access/applications'));
  expect(world.directory.applications.has('app_report')).toBe(false);
});

test('a definition is shared with a person and taken back', async () => {
  const { user, world } = await openAccess('/definitions/make_thumbnail/sharing');
  await user.click(await screen.findByRole('button', { name: 'Share' }));
  let ask = await dialog('Share make_thumbnail');
  await user.click(ask.getByRole('button', { name: 'Share' }));
  ask.getByText('Choose with whom.');
  ask.getByText('Choose at least one.');
  await ask.findByRole('option', { name: 'Grace Hopper (grace@example.com)' });
  await user.selectOptions(ask.getByLabelText('With'), 'Grace Hopper (grace@example.com)');
  await user.click(ask.getByLabelText('Run it; pause, retry and end its executions'));
  await user.click(ask.getByRole('button', { name: 'Share' }));
  const shared = () =>
    world.directory.grants.find(
      ({ target, subject }) => target.id === 'make_thumbnail' && subject.id === 'grace@example.com',
    );
  await waitFor(() => expect(shared()?.access).toEqual(['EXECUTE']));
  const table = within(await screen.findByRole('table', { name: 'Shared with' }));
  expect((await table.findByRole('row', { name: /Grace Hopper/ })).textContent).toContain('run');
  // By its tag it is shared with a group, too.
  expect(table.getByRole('row', { name: /night-shift/ }).textContent).toContain('Tag team:money');

  await user.click(
    table.getByRole('button', { name: 'Take back from Grace Hopper: run the workflow make_thumbnail' }),
  );
  ask = await dialog('Take back from Grace Hopper?');
  await user.click(ask.getByRole('button', { name: 'Take back' }));
  await waitFor(() => expect(shared()).toBeUndefined());
});

test('a secret is shared from its row', async () => {
  const { user, world } = await openAccess('/secrets');
  await user.click(await screen.findByRole('button', { name: 'Share S3_SECRET' }));
  const ask = await dialog('Share S3_SECRET');
  await ask.findByRole('option', { name: 'web shop' });
  await user.selectOptions(ask.getByLabelText('With'), 'web shop');
  await user.click(ask.getByLabelText('Use it in definitions'));
  await user.click(ask.getByRole('button', { name: 'Share' }));
  await waitFor(() =>
    expect(world.directory.grants.at(-1)).toEqual({
      subject: { type: 'USER', id: 'app:app_shop' },
      target: { type: 'SECRET_NAME', id: 'S3_SECRET' },
      access: ['READ'],
    }),
  );
});

test('something is shared with somebody who has not been here', async () => {
  const { user, world } = await openAccess('/access/shared');
  await user.click(await screen.findByRole('button', { name: 'Share something' }));
  const ask = await dialog('Share something');
  await user.selectOptions(ask.getByLabelText('With'), 'Somebody who has not been here yet …');
  await user.type(ask.getByLabelText('E-mail'), 'New@Example.com');
  await user.selectOptions(ask.getByLabelText('What'), 'Tag');
  await user.type(ask.getByLabelText('Name'), 'money');
  await user.click(ask.getByLabelText('Change them'));
  await user.click(ask.getByRole('button', { name: 'Share' }));
  ask.getByText('Enter a tag as key:value.');
  await user.clear(ask.getByLabelText('Name'));
  await user.type(ask.getByLabelText('Name'), 'team:money');
  await user.click(ask.getByRole('button', { name: 'Share' }));
  await waitFor(() =>
    expect(world.directory.grants.at(-1)).toEqual({
      subject: { type: 'USER', id: 'new@example.com' },
      target: { type: 'TAG', id: 'team:money' },
      access: ['UPDATE'],
    }),
  );
});

test('a person’s page says what they may do, and by what', async () => {
  await openAccess('/access/people/grace@example.com');
  const list = within(await screen.findByRole('list', { name: 'What Grace Hopper may do' }));
  const lines = list.getAllByRole('listitem').map((line) => line.textContent);
  expect(lines).toEqual([
    'Guest: only what is shared.given in the cloud console',
    'Grace Hopper may run the workflow fulfil_ordershared by name',
    'Grace Hopper may see whatever is tagged team:moneyshared with the group night-shift',
  ]);
});

test('a group is made and filled', async () => {
  const { user, world } = await openAccess('/access/groups');
  await user.click(await screen.findByRole('button', { name: 'New group' }));
  let ask = await dialog('New group');
  await user.type(ask.getByLabelText('Name'), 'support');
  await user.click(ask.getByRole('button', { name: 'Create' }));
  await ask.findByText('Name is taken.');
  await user.type(ask.getByLabelText('Name'), '-two');
  await user.click(ask.getByRole('button', { name: 'Create' }));
  await screen.findByRole('heading', { name: 'support-two' });
  await user.click(await screen.findByRole('button', { name: 'Add somebody' }));
  ask = await dialog('Add somebody to support-two');
  await user.selectOptions(ask.getByLabelText('Who'), 'Linus (linus@example.com)');
  await user.click(ask.getByRole('button', { name: 'Add' }));
  await screen.findByRole('button', { name: 'Take Linus out' });
  expect(world.directory.users.get('linus@example.com')?.groups).toContainEqual({ id: 'support-two' });
});
