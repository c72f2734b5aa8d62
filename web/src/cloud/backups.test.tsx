import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { World } from '../../mock/cloud/world.ts';
import { sizeText } from './parts/backups';
import { openConsole } from './testing';

const address = '/organizations/acme/clusters/encoding/backups';

const clusterOf = (world: World, wanted: string) =>
  world.clusters.get('acme')?.find(({ name }) => name === wanted);

async function choose(user: Awaited<ReturnType<typeof openConsole>>['user'], item: string) {
  await user.click(await screen.findByRole('button', { name: 'Actions for before-upgrade' }));
  await user.click(await screen.findByRole('menuitem', { name: item }));
}

test('backups are listed, made and deleted', async () => {
  const { user } = await openConsole(address);
  const table = await screen.findByRole('table', { name: 'Backups' });
  expect(table.textContent).toContain('before-upgrade');
  expect(table.textContent).toContain('1.5 MB');
  expect(table.textContent).toContain('By schedule');
  await choose(user, 'Delete');
  const dialog = await screen.findByRole('dialog', { name: 'Delete the backup before-upgrade?' });
  expect(await within(dialog).findByText(/cannot be brought back/)).toBeTruthy();
  await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
  expect(await screen.findByRole('heading', { name: 'Remove a backup of cluster encoding' })).toBeTruthy();
});

test('a cluster without backups offers to make one', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/staging/backups');
  expect(await screen.findByText('No backups yet')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Back up now' }));
  const dialog = await screen.findByRole('dialog', { name: 'Back up staging?' });
  await within(dialog).findByText(/A copy of everything/);
  await user.click(within(dialog).getByRole('button', { name: 'Back up' }));
  expect(await screen.findByRole('heading', { name: 'Back up cluster staging' })).toBeTruthy();
});

test('a restoration in place wants the name of the cluster', async () => {
  const { user } = await openConsole(address);
  await choose(user, 'Restore into this cluster');
  const dialog = await screen.findByRole('dialog', { name: 'Restore before-upgrade into encoding?' });
  expect(await within(dialog).findByText('What happened after that is lost.')).toBeTruthy();
  await user.click(within(dialog).getByRole('button', { name: 'Restore' }));
  expect(await within(dialog).findByText(/This is not/)).toBeTruthy();
});

test('a restoration into a new cluster says that it is fenced', async () => {
  const { user } = await openConsole(address);
  await choose(user, 'Restore into a new cluster');
  const dialog = await screen.findByRole('dialog', { name: 'Restore before-upgrade into a new cluster' });
  expect(await within(dialog).findByText('It is fenced.')).toBeTruthy();
  expect(within(dialog).getByLabelText<HTMLInputElement>('Name of the new cluster').value).toBe(
    'encoding-copy',
  );
});

test('a download shows the key and the command', async () => {
  const { user } = await openConsole(address);
  await choose(user, 'Download');
  const dialog = await screen.findByRole('dialog', { name: 'Download before-upgrade' });
  expect(await within(dialog).findByText('AGE-SECRET-KEY-1MOCK')).toBeTruthy();
  expect(dialog.textContent).toContain('edge import');
  expect(within(dialog).getByRole('link', { name: 'Download the file' }).getAttribute('href')).toBe(
    '/api/v1/organizations/acme/clusters/encoding/backups/before-upgrade/content',
  );
  await user.click(within(dialog).getByRole('button', { name: 'Make a link for a server' }));
  await within(dialog).findByText(/until the link expires/);
  expect(dialog.textContent).toContain(
    "curl -fo encoding-before-upgrade.podium 'https://podium.test/api/v1/backup-links/before-upgrade'",
  );
});

test('a schedule is set', async () => {
  const { user, world } = await openConsole(address);
  await user.selectOptions(await screen.findByLabelText('Back up'), 'Every day');
  const keep = screen.getByLabelText('Kept backups');
  await user.clear(keep);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText(/must be 1 to 1000/)).toBeTruthy();
  await user.type(keep, '3');
  await user.type(screen.getByLabelText('Kept for days'), '4000');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText(/up to 3650/)).toBeTruthy();
  await user.clear(screen.getByLabelText('Kept for days'));
  await user.type(screen.getByLabelText('Kept for days'), '30');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Saved.');
  expect(clusterOf(world, 'encoding')).toMatchObject({
    backupEveryHours: 24,
    backupKeep: 3,
    backupKeepDays: 30,
  });
});

test('a fence is lifted', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters');
  const cluster = clusterOf(world, 'encoding');
  if (cluster === undefined) throw new Error('the cluster is missing');
  cluster.fence = { takenAt: '2026-01-01T00:00:00Z', since: '2026-01-01T01:00:00Z' };
  world.changes.emit('change', { org: 'acme', event: 'cluster', data: cluster });
  await user.click(await screen.findByRole('link', { name: 'encoding' }));
  await user.click(await screen.findByRole('button', { name: 'Lift the fence' }));
  const dialog = await screen.findByRole('dialog', { name: 'Lift the fence of encoding?' });
  await user.click(within(dialog).getByRole('button', { name: 'Lift the fence' }));
  await waitFor(() => expect(screen.queryByText('This cluster is a fenced copy')).toBeNull());
  expect(cluster.fence).toBeUndefined();
});

test('sizes are said in words', () => {
  expect([0, 999, 1_000, 12_345, 2_500_000_000].map(sizeText)).toEqual([
    '0 B',
    '999 B',
    '1.0 KB',
    '12 KB',
    '2.5 GB',
  ]);
});
