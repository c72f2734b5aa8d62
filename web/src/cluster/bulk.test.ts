import { expect, test } from 'vitest';
import { collectIds, runBulk } from './bulk';

const ids = Array.from({ length: 250 }, (_, i) => `id-${i}`);

test('goes through all in batches, notes what fails, and tells how far it is', async () => {
  const batches: number[] = [];
  const seen: number[] = [];
  const end = await runBulk(
    ids,
    async (batch) => {
      batches.push(batch.length);
      const failing = batch.filter((id) => id.endsWith('9'));
      return {
        bulkErrorResults: Object.fromEntries(failing.map((id) => [id, 'no'])),
        bulkSuccessfulResults: [],
      };
    },
    ({ done }) => seen.push(done),
  );
  expect(batches).toEqual(Array(10).fill(25));
  expect(seen).toEqual([0, 25, 50, 75, 100, 125, 150, 175, 200, 225, 250]);
  expect(end.failed.size).toBe(25);
  expect(end.failed.get('id-9')).toBe('no');
});

test('stops between batches when it is told to', async () => {
  let sent = 0;
  const end = await runBulk(
    ids,
    async () => {
      sent++;
      return { bulkErrorResults: {}, bulkSuccessfulResults: [] };
    },
    () => {},
    () => sent === 2,
  );
  expect(end).toMatchObject({ done: 50, total: 250 });
});

test('an answer that does not come ends it', async () => {
  const seen: number[] = [];
  const work = runBulk(
    ids,
    async (batch) => {
      if (batch.includes('id-125')) throw new Error('The cluster does not answer.');
      return { bulkErrorResults: {}, bulkSuccessfulResults: [] };
    },
    ({ done }) => seen.push(done),
  );
  await expect(work).rejects.toThrow('does not answer');
  // What was on its way already comes to its end.
  expect(seen.at(-1)).toBeGreaterThanOrEqual(125);
  expect(seen.at(-1)).toBeLessThan(250);
});

test('ids are collected over pages, each once', async () => {
  const found = await collectIds(
    async (start) => ({
      totalHits: 250,
      // The second page repeats the end of the first.
      results: ids.slice(Math.max(0, start - 1), start + 100).map((workflowId) => ({ workflowId })),
    }),
    () => {},
  );
  expect(found).toEqual(ids);
});

test('a result that shrinks meanwhile does not go on for ever', async () => {
  const found = await collectIds(
    async (start) => ({ totalHits: 250, results: start === 0 ? [{ workflowId: 'a' }] : [] }),
    () => {},
  );
  expect(found).toEqual(['a']);
});
