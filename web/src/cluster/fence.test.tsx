import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { me } from '../../mock/cluster/access.ts';
import { openConsole } from './testing';

const fence = { id: 'f1', takenAt: Date.now() - 7_200_000, since: Date.now() - 60_000 };

test('a restored copy says that it holds back, until the fence is lifted', async () => {
  const { user, world } = await openConsole('/', { fence });
  await screen.findByText('This cluster is a fenced copy');
  await user.click(screen.getByRole('button', { name: 'Lift the fence' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Lift the fence?' }));
  await user.click(dialog.getByRole('button', { name: 'Lift the fence' }));
  await waitFor(() => expect(screen.queryByText('This cluster is a fenced copy')).toBeNull());
  expect(world.info.fence).toBeUndefined();
});

test('who may not lift the fence sees it all the same, and why', async () => {
  sessionStorage.setItem('podium-token-clu_mock', 'mock-token');
  const { user } = await openConsole('/', { fence, auth: 'keys', me: me('viewer') });
  await screen.findByText('This cluster is a fenced copy');
  const lift = screen.getByRole('button', { name: 'Lift the fence' });
  expect(lift.getAttribute('aria-disabled')).toBe('true');
  await user.hover(lift);
  expect((await screen.findByRole('tooltip')).textContent).toContain('does not let you lift the fence');
});

test('a cluster without a fence has no banner', async () => {
  await openConsole('/');
  await screen.findByRole('navigation', { name: 'Main' });
  expect(screen.queryByText('This cluster is a fenced copy')).toBeNull();
});
