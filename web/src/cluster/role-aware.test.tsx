import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { me } from '../../mock/cluster/access.ts';
import { executionId } from '../../mock/cluster/executions.ts';
import type { Me } from './client/types';
import { openConsole } from './testing';

/** Opens a page of a cluster with keys, as somebody. */
async function openAs(who: Me, path: string) {
  sessionStorage.setItem('podium-token-clu_mock', 'mock-token');
  return openConsole(path, { auth: 'keys', me: who });
}

const nav = async () =>
  within(await screen.findByRole('navigation', { name: 'Main' }))
    .getAllByRole('link')
    .map((link) => link.textContent);

const why = async (name: string) => {
  const button = await screen.findByRole('button', { name });
  expect(button.getAttribute('aria-disabled')).toBe('true');
  return button;
};

const viewer = me('viewer');

/** Somebody with whom one definition is shared. */
const guest: Me = {
  ...me('guest'),
  some: ['workflow:read', 'execution:read', 'execution:start', 'execution:operate', 'task:work'],
  grants: [
    {
      subject: { type: 'USER', id: 'ada@example.com' },
      target: { type: 'WORKFLOW_DEF', id: 'make_thumbnail' },
      access: ['EXECUTE'],
    },
  ],
  things: { WORKFLOW_DEF: { make_thumbnail: ['READ', 'EXECUTE'] } },
};

describe('a viewer', () => {
  test('sees all places but who may do what', async () => {
    await openAs(viewer, '/');
    expect(await nav()).toEqual([
      'Home',
      'Executions',
      'Definitions',
      'Task definitions',
      'Queues',
      'Schedules',
      'Event handlers',
      'Secrets & environment',
    ]);
  });

  test('is told on a definition why it is neither run nor changed', async () => {
    const { user, address } = await openAs(viewer, '/definitions/make_thumbnail');
    await user.hover(await why('Run'));
    expect(
      (await screen.findAllByText(/^Your role, Viewer, does not let you run this workflow/)).length,
    ).toBeGreaterThan(0);
    await user.click(await why('Edit'));
    expect(address()).toBe('/definitions/make_thumbnail');
    expect(screen.queryByRole('tab', { name: 'Sharing' })).toBeNull();
  });

  test.each([
    ['/definitions', 'New definition'],
    ['/definitions/make_thumbnail/versions', 'Delete version 1'],
    [`/executions/${executionId(3)}`, 'Pause'],
    [`/executions/${executionId(10)}?task=legal_review`, 'Complete'],
    ['/task-definitions/authorize_card', 'Edit'],
    ['/queues/resize', 'Requeue'],
    ['/schedules/nightly-import', 'Pause'],
    ['/event-handlers/paid-orders', 'Save'],
    ['/environment', 'Change region'],
  ])('on %s may not: %s', async (path, button) => {
    await openAs(viewer, path);
    await why(button);
  });

  test.each(['/run/make_thumbnail', '/access/applications'])('is refused politely on %s', async (path) => {
    await openAs(viewer, path);
    await screen.findByRole('heading', { name: 'You may not see this page' });
    screen.getByText(/Ask an admin of this cluster/);
  });

  test('cannot turn an event handler off', async () => {
    const { user, world } = await openAs(viewer, '/event-handlers');
    await user.click(await screen.findByRole('switch', { name: 'paid-orders is active' }));
    expect(world.registry.handlers.get('paid-orders')?.active).toBe(true);
  });
});

test('an operator runs and steers, and changes no definition', async () => {
  const { user, world } = await openAs(me('operator'), `/executions/${executionId(3)}`);
  await user.click(await screen.findByRole('button', { name: 'Pause' }));
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Pause' }));
  await waitFor(() => expect(world.execution(executionId(3)).status).toBe('PAUSED'));
  await user.click(await screen.findByRole('link', { name: 'Definitions' }));
  await why('New definition');
});

test('a worker’s key sees what workers need', async () => {
  await openAs({ ...me('worker'), application: 'app_1' }, '/');
  expect(await nav()).toEqual(['Home', 'Executions', 'Definitions', 'Task definitions', 'Queues']);
});

describe('a guest', () => {
  test('has a home of what is shared, and asks for nothing else', async () => {
    const { world } = await openAs(guest, '/');
    world.forbidden = /overview|taskdefs|schedules|secrets/;
    expect(await nav()).toEqual(['Home', 'Executions', 'Definitions']);
    const shared = within(await screen.findByRole('table', { name: 'Shared with you' }));
    expect(shared.getByRole('row', { name: /^make_thumbnail/ })).toBeDefined();
    screen.getByRole('heading', { name: 'Latest executions' });
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('runs it and cannot change it', async () => {
    const { user, address } = await openAs(guest, '/definitions/make_thumbnail');
    await why('Edit');
    await user.click(await screen.findByRole('link', { name: 'Run' }));
    await user.click(await screen.findByRole('button', { name: 'Run' }));
    await waitFor(() => expect(address()).toMatch(/^\/executions\//));
  });

  test('is refused at the next click once it is taken back', async () => {
    const { user, world } = await openAs(guest, '/run/make_thumbnail');
    await screen.findByRole('form', { name: 'Run make_thumbnail' });
    world.me = me('guest');
    world.forbidden = /^POST \/api\/workflow$/;
    await user.click(screen.getByRole('button', { name: 'Run' }));
    await screen.findByRole('heading', { name: 'You may not see this page' });
    await user.click(screen.getByRole('link', { name: 'Home' }));
    await screen.findByRole('heading', { name: 'Nothing is shared with you yet' });
  });

  test('reads what they may do, and by what', async () => {
    const { user } = await openAs(guest, '/');
    await user.click(await screen.findByRole('button', { name: 'You: Ada Lovelace · Guest' }));
    const list = within(await screen.findByRole('list', { name: 'What you may do' }));
    list.getByText('run the workflow make_thumbnail');
    list.getByText('shared by name');
  });
});

test('what the server refuses after all is told without a button that would not help', async () => {
  const { user, world } = await openAs(viewer, '/');
  await screen.findByRole('navigation', { name: 'Main' });
  world.forbidden = /schedules/;
  await user.click(screen.getByRole('link', { name: 'Schedules' }));
  await screen.findByRole('heading', { name: 'You may not see the schedules' });
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});
