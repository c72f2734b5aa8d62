import { expect, test } from 'vitest';
import { paths, safeNext } from './paths';

test('addresses of all pages', () => {
  expect({
    clusters: paths.clusters('acme'),
    createCluster: paths.createCluster('acme'),
    overview: paths.cluster('acme', 'first', 'overview'),
    connect: paths.cluster('acme', 'first', 'connect'),
    operation: paths.operation('acme', 'a/b'),
    members: paths.members('acme'),
  }).toEqual({
    clusters: '/organizations/acme/clusters',
    createCluster: '/organizations/acme/create-cluster',
    overview: '/organizations/acme/clusters/first',
    connect: '/organizations/acme/clusters/first/connect',
    operation: '/organizations/acme/operations/a%2Fb',
    members: '/organizations/acme/members',
  });
});

test('signing in leads back to pages of this console only', () => {
  expect(safeNext('/organizations/acme/members?x=1')).toBe('/organizations/acme/members?x=1');
  for (const bad of [null, '', 'https://evil.example', '//evil.example', '/\\evil.example', 'javascript:1']) {
    expect(safeNext(bad)).toBe('/');
  }
});
