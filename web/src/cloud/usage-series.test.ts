import { expect, test } from 'vitest';
import type { Usage } from './api/client';
import { amount, barsOf, clustersOf, topOf, totalOf } from './usage-series';

const row = (day: string, cluster: string, n: number) => ({
  day,
  cluster,
  clusterId: cluster,
  executions: n,
  tasks: 2 * n,
  storageBytes: 1024 * n,
});

const usage: Usage = {
  from: '2026-02-27',
  to: '2026-03-02',
  days: [row('2026-02-27', 'b', 3), row('2026-02-27', 'a', 4), row('2026-03-01', 'b', 5)],
};

test('each day has a bar, also those without use, over the end of a month', () => {
  const bars = barsOf(usage, 'executions');
  expect(bars.map(({ day, total }) => `${day} ${total}`)).toEqual([
    '2026-02-27 7',
    '2026-02-28 0',
    '2026-03-01 5',
    '2026-03-02 0',
  ]);
  expect(bars[0]?.parts.map(({ cluster }) => cluster)).toEqual(['a', 'b']);
  expect(clustersOf(usage)).toEqual(['a', 'b']);
});

test('executions and tasks add up, storage does not', () => {
  expect(totalOf(barsOf(usage, 'tasks'), 'tasks')).toBe(24);
  expect(totalOf(barsOf(usage, 'storage'), 'storage')).toBe(5 * 1024);
  expect(totalOf([], 'storage')).toBe(0);
});

test('the axis ends at a round number', () => {
  expect(topOf(barsOf(usage, 'executions'), 'executions')).toBe(10);
  expect(topOf(barsOf(usage, 'storage'), 'storage')).toBe(10 * 1024);
  expect(topOf([], 'tasks')).toBe(1);
});

test('amounts are for people', () => {
  expect(amount('tasks', 1_204_551)).toBe('1,204,551');
  expect(amount('storage', 3.42 * 1024 ** 3)).toBe('3.4 GiB');
  expect(amount('storage', 0)).toBe('0 bytes');
});
