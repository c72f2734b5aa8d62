import { expect, test } from 'vitest';
import { queueRows, unattended } from './queues';

const now = 1_700_000_000_000;
const queue = (taskType: string, depth: number, pollers: number, domain?: string) => ({
  taskType,
  depth,
  inFlight: 0,
  pollers,
  ...(domain && { domain }),
});

test('queues are told apart by domain, joined with their last poll, and come deepest first', () => {
  const rows = queueRows({
    counts: {},
    queues: [queue('encode', 1, 1), queue('encode', 7, 0, 'gpu')],
    pollData: [
      { queueName: 'encode', workerId: 'old', lastPollTime: now - 9000 },
      { queueName: 'encode', workerId: 'new', lastPollTime: now },
      { queueName: 'idle', workerId: 'w', lastPollTime: now },
    ],
  });
  expect(rows.map(({ key, depth, worker }) => [key, depth, worker])).toEqual([
    ['encode:gpu', 7, undefined],
    ['encode', 1, 'new'],
    ['idle', 0, 'w'],
  ]);
});

test('a queue is unattended when tasks wait and nobody has polled for a minute', () => {
  const names = (lastPollTime: number, pollers: number, depth = 1) =>
    unattended(
      { counts: {}, queues: [queue('a', depth, pollers)], pollData: [{ queueName: 'a', lastPollTime }] },
      now,
    ).map((row) => row.taskType);
  expect(names(now - 61_000, 0)).toEqual(['a']);
  expect(names(now - 59_000, 0)).toEqual([]);
  expect(names(now - 61_000, 1)).toEqual([]);
  expect(names(now - 61_000, 0, 0)).toEqual([]);
});
