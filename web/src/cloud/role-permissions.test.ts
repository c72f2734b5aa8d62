import { expect, test } from 'vitest';
import { afterTick } from './role-permissions';

const all = [
  'quota.update',
  'cluster.read',
  'cluster.use',
  'cluster.delete',
  'cluster.operate',
  'key.rotate',
];

test.each([
  ['comes with seeing what it is about', [], 'cluster.delete', ['cluster.read', 'cluster.delete']],
  ['comes with the door to it', [], 'cluster.operate', ['cluster.read', 'cluster.use', 'cluster.operate']],
  [
    'comes alone where there is nothing to see',
    ['cluster.read'],
    'key.rotate',
    ['cluster.read', 'key.rotate'],
  ],
])('what is ticked %s', (_, before, name, after) => {
  expect(afterTick(before, name, true, all)).toEqual(after);
});

test.each([
  ['takes what needs it along', all, 'cluster.read', ['quota.update', 'key.rotate']],
  ['leaves the rest', all, 'cluster.use', ['quota.update', 'cluster.read', 'cluster.delete', 'key.rotate']],
])('what is unticked %s', (_, before, name, after) => {
  expect(afterTick(before, name, false, all)).toEqual(after);
});
