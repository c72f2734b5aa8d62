import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { newOperation } from '../../mock/cloud/operations.ts';
import type { Operation, World } from '../../mock/cloud/world.ts';
import { openConsole } from './testing';

const address = '/organizations/acme/operations/op_night';

/** An operation on the cluster staging, as it is found in the morning. */
const night = (kind: Operation['kind'], more: Partial<Operation>, attempts: number) => (world: World) => {
  const cluster = world.cluster('acme', 'staging');
  if (cluster === undefined) throw new Error('there is no such cluster');
  const operation = { ...newOperation(cluster, kind, 'ada@example.com'), id: 'op_night', ...more };
  Object.assign(operation.steps[1] ?? {}, {
    state: operation.state,
    attempts,
    reason: 'the network vpc-0a1b2c has an interface that we have not made',
  });
  world.operations.push(operation);
};

test('a deletion that failed lists what is left, and can be forced', async () => {
  const { user } = await openConsole(address, {
    prepare: night('delete-cluster', { state: 'FAILED', verbs: ['retry', 'force'] }, 8),
  });
  await screen.findByText('The cluster was not deleted');
  expect((await screen.findByRole('list', { name: 'Leftovers' })).textContent).toContain('vpc-0a1b2c');
  expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined();
  await user.click(await screen.findByRole('button', { name: 'Delete by force' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete staging by force?' }));
  expect(dialog.getByLabelText('Type staging to confirm')).toBeDefined();
});

test('a creation that failed shows that nothing is left', async () => {
  await openConsole(address, { prepare: night('create-cluster', { state: 'FAILED', verbs: ['retry'] }, 3) });
  await screen.findByText('Nothing: all that was made for the cluster is gone.');
});

test('a step that is tried again says why, and what can be done meanwhile', async () => {
  await openConsole(address, {
    prepare: night('create-cluster', { state: 'RUNNING', verbs: ['cancel', 'resume'] }, 4),
  });
  await screen.findByText('“Reserve storage” fails and is tried again');
  expect(screen.getByText(/That was attempt 3/).textContent).toContain('Cancelling undoes');
  expect(screen.getByRole('button', { name: 'Look again now' })).toBeDefined();
  expect(screen.getByRole('button', { name: 'Cancel and undo' })).toBeDefined();
});

test('a deletion by force names what has to be removed by hand', async () => {
  await openConsole(address, {
    prepare: night('force-delete-cluster', { state: 'SUCCEEDED', left: 'vpc vpc-0a1b2c' }, 1),
  });
  expect((await screen.findByText(/Remove by hand/)).textContent).toContain('vpc-0a1b2c');
});

test('an upgrade that failed both ways says so, and what there is to go back to', async () => {
  await openConsole(address, {
    prepare: night(
      'upgrade-cluster',
      {
        state: 'FAILED',
        verbs: ['retry'],
        notUndone: 'the store has another form. The backup before-upgrade-1 has what the cluster kept before',
      },
      3,
    ),
  });
  await screen.findByText('The cluster was not changed, and did not come back to how it was');
  expect(screen.getByText(/On the way back/).textContent).toContain('before-upgrade-1');
  expect(screen.getByText(/restore the backup/)).toBeDefined();
  expect(screen.queryByText(/It went back to how it was/)).toBeNull();
});
