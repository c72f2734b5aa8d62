import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import type { Cluster, Operation } from './client';
import { applyEvent } from './live';
import { keys } from './queries';

const cluster = (name: string, state: Cluster['state']): Cluster => ({
  id: name,
  name,
  state,
  organization: 'acme',
  project: 'default',
  permissions: [],
  cloud: 'local',
  createdAt: '2026-01-01T00:00:00Z',
});

const operation = (id: string, state: Operation['state']): Operation => ({
  id,
  state,
  kind: 'create-cluster',
  cluster: 'b',
  organization: 'acme',
  createdAt: '2026-01-01T00:00:00Z',
  steps: [],
});

function apply(client: QueryClient, event: string, data: unknown) {
  applyEvent(client, 'acme', { event, data: JSON.stringify(data) });
}

test('clusters appear in their place, change and go', () => {
  const client = new QueryClient();
  const names = () =>
    client.getQueryData<Cluster[]>(keys.clusters('acme'))?.map(({ name, state }) => `${name} ${state}`);
  client.setQueryData(keys.clusters('acme'), [cluster('a', 'READY'), cluster('c', 'READY')]);

  apply(client, 'cluster', cluster('b', 'CREATING'));
  expect(names()).toEqual(['a READY', 'b CREATING', 'c READY']);
  apply(client, 'cluster', cluster('b', 'READY'));
  expect(names()).toEqual(['a READY', 'b READY', 'c READY']);
  expect(client.getQueryData<Cluster>(keys.cluster('acme', 'b'))?.state).toBe('READY');
  apply(client, 'cluster-deleted', { name: 'b' });
  expect(names()).toEqual(['a READY', 'c READY']);
  expect(client.getQueryData(keys.cluster('acme', 'b'))).toBeUndefined();
});

test('a list that was never loaded is not invented', () => {
  const client = new QueryClient();
  apply(client, 'cluster', cluster('b', 'READY'));
  apply(client, 'operation', operation('1', 'RUNNING'));
  expect(client.getQueryData(keys.clusters('acme'))).toBeUndefined();
  expect(client.getQueryData(keys.operations('acme'))).toBeUndefined();
});

test('new operations come first, known ones change where they are', () => {
  const client = new QueryClient();
  client.setQueryData(keys.operations('acme'), [operation('1', 'SUCCEEDED')]);
  apply(client, 'operation', operation('2', 'RUNNING'));
  apply(client, 'operation', operation('2', 'FAILED'));
  expect(
    client.getQueryData<Operation[]>(keys.operations('acme'))?.map(({ id, state }) => id + state),
  ).toEqual(['2FAILED', '1SUCCEEDED']);
});

test('an operation that ended makes its execution and its cluster worth reading again', () => {
  const client = new QueryClient();
  client.setQueryData(keys.execution('1'), {});
  client.setQueryData(keys.cluster('acme', 'b'), cluster('b', 'CREATING'));
  const stale = (key: readonly string[]) => client.getQueryState(key)?.isInvalidated;

  apply(client, 'operation', operation('1', 'RUNNING'));
  expect(stale(keys.execution('1'))).toBe(true);
  expect(stale(keys.cluster('acme', 'b'))).toBe(false);
  apply(client, 'operation', operation('1', 'SUCCEEDED'));
  expect(stale(keys.cluster('acme', 'b'))).toBe(true);
});

test('events of tomorrow are left alone', () => {
  const client = new QueryClient();
  apply(client, 'something-new', { any: 'thing' });
  expect(client.getQueryCache().getAll()).toEqual([]);
});
