import { expect, test } from 'vitest';
import { freeClusterName, nameProblem } from './name-rule';

test.each(['ab', 'acme', 'a1', 'my-team-2', 'a'.repeat(40)])('%s is a good name', (name) => {
  expect(nameProblem(name)).toBeUndefined();
});

test.each([
  ['', 'Enter a name.'],
  ['a', 'At least 2 characters.'],
  ['Acme', 'Use small letters only, as in acme.'],
  ['Analytical Engines, Inc.', 'Use small letters only, as in analytical-engines-inc.'],
  ['A', 'Use small letters only.'],
  ['my team', 'No spaces; use - between words, as in my-team.'],
  ['acme!', '“!” is not allowed; use a–z, 0–9 and -.'],
  ['1st', 'Begin with a letter.'],
  ['-a', 'Begin with a letter.'],
  ['acme-', 'Do not end with -.'],
  ['a'.repeat(41), 'At most 40 characters, this has 41.'],
])('%j: %s', (name, problem) => {
  expect(nameProblem(name)).toBe(problem);
});

test('a proposed cluster name is free and good', () => {
  expect(freeClusterName([])).toBe('first');
  expect(freeClusterName(['first'])).toBe('cluster-2');
  expect(freeClusterName(['first', 'cluster-3'])).toBe('cluster-4');
  expect(nameProblem(freeClusterName(['first', 'cluster-3']))).toBeUndefined();
});
