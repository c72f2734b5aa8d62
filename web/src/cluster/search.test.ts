import { expect, test } from 'vitest';
import { countText, isNarrowed, pageSize, readSearch, toQuery, writeSearch } from './search';

const now = 1_700_000_000_000;
const from = (address: string) => readSearch(new URLSearchParams(address));

test('a search goes through the address unchanged', () => {
  const search = from('q=red+shoes&status=FAILED,PAUSED&workflow=ship&correlation=o-1&started=7d&page=3');
  expect(search).toEqual({
    text: 'red shoes',
    statuses: ['PAUSED', 'FAILED'],
    workflow: 'ship',
    correlationId: 'o-1',
    started: '7d',
    page: 3,
  });
  expect(readSearch(writeSearch(search))).toEqual(search);
});

test('what an address cannot mean is passed over', () => {
  expect(from('status=WRONG&started=yesterday&page=-2')).toMatchObject({
    statuses: [],
    started: 'any',
    page: 1,
  });
});

test('defaults leave no trace in the address', () => {
  expect(writeSearch(from('')).toString()).toBe('');
  expect(isNarrowed(from('page=4'))).toBe(false);
  expect(isNarrowed(from('q=x'))).toBe(true);
});

test('the query is in the grammar of the server', () => {
  expect(toQuery(from(''), { now })).toEqual({
    start: 0,
    size: pageSize,
    sort: 'startTime:DESC',
    freeText: '*',
  });
  expect(toQuery(from('q=x&status=FAILED,PAUSED&workflow=ship*&started=1h&page=2'), { now })).toEqual({
    start: pageSize,
    size: pageSize,
    sort: 'startTime:DESC',
    freeText: 'x',
    query: `workflowType = 'ship*' AND status IN (PAUSED,FAILED) AND startTime > ${now - 3_600_000}`,
  });
});

test('a quote in a value does not end it', () => {
  expect(toQuery(from("correlation=o'1\\' OR status = 'x"), { now }).query).toBe(
    "correlationId = 'o\\'1\\\\\\' OR status = \\'x'",
  );
});

test('a window takes another part of the matches, and none that began later', () => {
  expect(toQuery(from('status=FAILED&page=3'), { now, start: 2000, size: 1000, until: now })).toEqual({
    start: 2000,
    size: 1000,
    sort: 'startTime:DESC',
    freeText: '*',
    query: `status IN (FAILED) AND startTime < ${now + 1}`,
  });
});

test('a count that the server cut off says so', () => {
  expect(countText(10_000 + pageSize, 1)).toBe('10,050 or more');
  expect(countText(1_000 + 3 * pageSize, 3)).toBe('1,150 or more');
  expect(countText(1_000 + 3 * pageSize, 1)).toBe('1,150');
  expect(countText(12, 1)).toBe('12');
});
