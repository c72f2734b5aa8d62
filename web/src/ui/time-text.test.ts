import { expect, test } from 'vitest';
import { relativeTime, spanText } from './time-text';

const now = Date.UTC(2026, 0, 31, 12);
const seconds = (count: number) => count * 1000;

test.each([
  [0, 'just now'],
  [4, 'just now'],
  [59, '59 s ago'],
  [61, '1 min ago'],
  [3 * 3600, '3 h ago'],
  [25 * 3600, '1 day ago'],
  [29 * 86400, '29 days ago'],
])('%d s before', (age, text) => {
  expect(relativeTime(now - seconds(age), now)).toBe(text);
});

test('what is to come, and what is far away', () => {
  expect(relativeTime(now + seconds(5 * 86400), now)).toBe('in 5 days');
  expect(relativeTime(Date.UTC(2025, 10, 2, 12), now)).toContain('2025');
});

test.each([
  [-5, '0 ms'],
  [12.4, '12 ms'],
  [1499, '1.4 s'],
  [59_999, '59 s'],
  [125_000, '2 min 5 s'],
  [3_780_000, '1 h 3 min'],
  [187_200_000, '2 d 4 h'],
])('%d ms', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
