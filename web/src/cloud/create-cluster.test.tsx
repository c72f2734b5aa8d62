import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { price } from './parts/effects';
import { openConsole } from './testing';

const address = '/organizations/acme/create-cluster';

test('what is folded away changes what is told and what is made', async () => {
  const { user, world } = await openConsole(address);
  const told = within(await screen.findByRole('region', { name: 'What happens' }));
  await told.findByText('1 node of size small start.');
  await told.findByText('Nothing is charged for clusters here.');
  await user.click(screen.getByText('Size and software'));
  await user.selectOptions(screen.getByLabelText('Size of each node'), 'medium');
  await user.selectOptions(screen.getByLabelText('Nodes'), '3');
  await told.findByText('3 nodes of size medium start.');
  const name = screen.getByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'grown{Enter}');
  await screen.findByRole('heading', { name: 'Create cluster grown' });
  expect(world.cluster('acme', 'grown')).toMatchObject({ cloud: 'local', size: 'medium', nodes: 3 });
});

test('where there are several projects one is chosen, the default one at first', async () => {
  const { user, world } = await openConsole(address);
  const projects = await screen.findByLabelText<HTMLSelectElement>('Project');
  expect(projects.value).toBe('default');
  expect([...projects.options].map(({ text }) => text)).toEqual(['default', 'lab']);
  await user.selectOptions(projects, 'lab');
  const name = screen.getByLabelText('Name');
  await user.clear(name);
  await user.type(name, 'tried{Enter}');
  await screen.findByRole('heading', { name: 'Create cluster tried' });
  expect(world.cluster('acme', 'tried')).toMatchObject({ project: 'lab' });
});

test('with one project nobody is asked for it', async () => {
  const { world } = await openConsole(address, {
    prepare: (world) => void world.projects.delete('acme'),
  });
  await screen.findByRole('region', { name: 'What happens' });
  expect(world.projects.get('acme')).toHaveLength(1);
  expect(screen.queryByLabelText('Project')).toBeNull();
});

test('each cloud asks for what it offers, and where we do not run it nothing is asked', async () => {
  const { user } = await openConsole(address);
  await user.click(await screen.findByLabelText(/Amazon Web Services/));
  await user.click(screen.getByText('Size and software'));
  await user.selectOptions(screen.getByLabelText('Region'), 'us-east-1');
  await user.type(screen.getByLabelText(/Addresses of its network/), 'wrong');
  await screen.findByText('cidr: must be a range.');
  await user.click(screen.getByLabelText(/Your own network/));
  expect(screen.queryByText('Size and software')).toBeNull();
});

test('the price of the operator is told before anything is made', async () => {
  const { user, world } = await openConsole('/organizations/acme/clusters');
  world.currency = 'EUR';
  await user.click((await screen.findAllByRole('link', { name: 'Create cluster' }))[0] as HTMLElement);
  expect(await screen.findByText('It costs €15.00 for 30 days.')).toBeDefined();
});

test('a price is one sentence', () => {
  const of = (priceBefore: number, priceAfter: number, currency?: string) =>
    price({ effects: [], priceBefore, priceAfter, currency, interrupts: false, losesData: false });
  expect(of(0, 0)).toBe('Nothing is charged for clusters here.');
  expect(of(0, 0, 'USD')).toBe('It is not charged for.');
  expect(of(150, 150, 'USD')).toBe('The price stays at $1.50 for 30 days.');
  expect(of(100, 250, 'USD')).toBe('The price becomes $2.50 for 30 days, instead of $1.00.');
  expect(of(100, 0, 'USD')).toContain('not charged for any more');
});
