import { expect, test } from 'vitest';
import { rowReached } from './row-keys';

test.each([
  ['ArrowDown', 3, 4],
  ['ArrowDown', 20, 20],
  ['ArrowUp', 3, 2],
  ['ArrowUp', 0, 0],
  ['PageDown', 3, 18],
  ['PageDown', 10, 20],
  ['PageUp', 18, 3],
  ['PageUp', 3, 0],
  ['Home', 7, 0],
  ['End', 7, 20],
  ['a', 7, undefined],
])('%s at row %i of 20 leads to %s', (key, from, to) => {
  expect(rowReached(key, from, 20)).toBe(to);
});
