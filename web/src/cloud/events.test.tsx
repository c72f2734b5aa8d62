import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { eventInWords, withoutBeginnings } from './event-words';
import { openConsole } from './testing';

test('what has happened to a cluster is told, page by page', async () => {
  const { user } = await openConsole('/organizations/acme/clusters/encoding/events');
  const list = within(await screen.findByRole('list', { name: 'Events' }));
  expect(list.getByText('Node 1 does not call any more')).toBeDefined();
  const upgrade = list.getByRole('link', { name: 'Upgrade began' });
  expect(upgrade.getAttribute('href')).toBe('/organizations/acme/operations/op_5');
  expect(list.getByRole('link', { name: 'Resized' })).toBeDefined();
  expect(list.queryByText('Resize began')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Earlier events' }));
  await list.findByText(/the bucket answered 503/);
  expect(list.getByText('version 1.4.0')).toBeDefined();
});

test('a cluster to which nothing happened says so', async () => {
  await openConsole('/organizations/acme/clusters/staging/events');
  expect(await screen.findByText('Nothing has happened yet')).toBeDefined();
});

test('the beginning of what has not ended stays', () => {
  const at = '2026-01-01T00:00:00Z';
  const begun = { id: 'a', at, kind: 'OPERATION_BEGUN', operation: 'op_1' } as const;
  const failed = { id: 'b', at, kind: 'OPERATION_FAILED', operation: 'op_2' } as const;
  expect(withoutBeginnings([failed, begun])).toEqual([failed, begun]);
  expect(withoutBeginnings([failed, { ...begun, operation: 'op_2' }])).toEqual([failed]);
  expect(eventInWords({ ...failed, operationKind: 'restore-cluster' }).word).toBe('Restoration failed');
});
