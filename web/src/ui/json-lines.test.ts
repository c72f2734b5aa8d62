import { expect, test } from 'vitest';
import { type Json, jsonLines, pageSize, reveal, searchJson, unfoldTo } from './json-lines';

const print = (value: Json, depth: number) =>
  jsonLines(value, unfoldTo(value, depth)).map(
    ({ depth: level, key, text, comma }) =>
      `${' '.repeat(level)}${key === undefined ? '' : `${key}: `}${text}${comma ? ',' : ''}`,
  );

test('unfolds to a depth and folds the rest', () => {
  expect(print({ a: 1, b: { c: [1, 2], d: {} }, e: 'x' }, 2)).toEqual([
    '{',
    ' a: 1,',
    ' b: {',
    '  c: [2 items],',
    '  d: {}',
    ' },',
    ' e: "x"',
    '}',
  ]);
});

test('a long list shows a page and what is left', () => {
  const lines = jsonLines(
    Array.from({ length: 250 }, (_, index) => index),
    unfoldTo([...Array(250).keys()], 1),
  );
  expect(lines).toHaveLength(pageSize + 3);
  expect(lines.at(-2)).toMatchObject({ kind: 'more', text: '150 more' });
});

test('a long string is cut and says so', () => {
  expect(jsonLines('x'.repeat(5000), new Map())[0]?.text).toContain('(5000 characters)');
});

test('what is not seen is not read', () => {
  let reads = 0;
  const item = {
    get text() {
      reads += 1;
      return 'x';
    },
  };
  const value = Array<Json>(100_000).fill(item);
  expect(jsonLines(value, unfoldTo(value, 3)).length).toBeLessThan(1000);
  expect(reads).toBeLessThan(1000);
});

test('search finds keys and values, and the way to them can be unfolded', () => {
  const value = { first: [...Array(150).fill('hay'), { needle: 1 }], second: 'a Needle' };
  const matches = searchJson(value, 'needle');
  expect(matches.map(({ path }) => path)).toEqual(['"first",150,"needle"', '"second"']);
  const [match] = matches;
  if (match === undefined) throw new Error('no match');
  const lines = jsonLines(value, reveal(new Map(), match));
  expect(lines.some(({ path, kind }) => path === match.path && kind === 'leaf')).toBe(true);
});

test('search stops at its limit', () => {
  expect(searchJson(Array(5000).fill('x'), 'x', 10)).toHaveLength(10);
});
