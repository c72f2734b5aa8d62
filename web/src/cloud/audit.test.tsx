import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { openConsole } from './testing';

test('the audit log is read page by page and searched', async () => {
  const { user, address } = await openConsole('/organizations/acme/audit');
  const table = await screen.findByRole('table', { name: 'Audit log' });
  expect(within(table).getAllByRole('row')).toHaveLength(3);
  await user.click(screen.getByRole('button', { name: 'Show older entries' }));
  expect(await within(table).findByText('cluster.ready')).toBeDefined();
  expect(screen.queryByRole('button', { name: 'Show older entries' })).toBeNull();

  await user.selectOptions(screen.getByLabelText('Outcome'), 'refused');
  expect(await screen.findByText('grace@example.com')).toBeDefined();
  await expect.poll(() => within(table).getAllByRole('row')).toHaveLength(2);
  expect(address()).toBe('/organizations/acme/audit?outcome=refused');
  await user.type(screen.getByLabelText('Find entries'), 'nowhere');
  expect(await screen.findByText('No entry matches')).toBeDefined();
});

test('an entry shows why it was refused, and what changed', async () => {
  const { user } = await openConsole('/organizations/acme/audit');
  await user.click(await screen.findByRole('button', { name: 'cluster.delete' }));
  expect(within(screen.getByRole('dialog')).getByText(/does not allow cluster.delete/)).toBeDefined();
  await user.keyboard('{Escape}');
  await user.click(await screen.findByRole('button', { name: 'member.update' }));
  const changes = screen.getByRole('region', { name: 'Before and after' });
  expect(changes.textContent).toContain('−  "role": "owner"');
  expect(changes.textContent).toContain('+  "role": "member"');
});

test('the log is verified on demand', async () => {
  const { user } = await openConsole('/organizations/acme/audit');
  const verify = await screen.findByRole('button', { name: 'Verify' });
  expect(screen.getByRole('link', { name: 'Export' }).getAttribute('href')).toBe(
    '/api/v1/organizations/acme/audit/export',
  );
  await user.click(verify);
  expect(
    await screen.findByText(/All 3 entries are as they were written; 2 of them are signed/),
  ).toBeDefined();
});
