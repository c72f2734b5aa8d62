import { expect, test } from 'vitest';
import { me } from '../../mock/cluster/access.ts';
import { needs, Rights } from './rights';

test('a role allows something everywhere', () => {
  const rights = new Rights(me('operator'));
  expect(rights.lacks(needs.run('orders'))).toBeUndefined();
  expect(rights.lacks(needs.editDefinition('orders'))).toBe(
    'Your role, Operator, does not let you change this definition. Ask an admin of this cluster, or an owner of the organization.',
  );
});

test('a grant allows it for its thing alone', () => {
  const rights = new Rights({
    ...me('guest'),
    some: ['workflow:read', 'execution:start'],
    things: { WORKFLOW_DEF: { orders: ['READ', 'EXECUTE'] } },
  });
  expect(rights.lacks(needs.run('orders'))).toBeUndefined();
  expect(rights.lacks(needs.run('billing'))).toContain('run this workflow');
  expect(rights.lacks(needs.run())).toBeUndefined();
  expect(rights.lacks(needs.editDefinition('orders'))).toContain('Guest');
  expect(rights.maySome('workflow:read')).toBe(true);
  expect(rights.may('workflow:read')).toBe(false);
});

test('a grant of another kind of access is none', () => {
  const rights = new Rights({
    ...me('guest'),
    some: ['workflow:write'],
    things: { WORKFLOW_DEF: { orders: ['READ', 'UPDATE'] } },
  });
  expect(rights.lacks(needs.editDefinition('orders'))).toBeUndefined();
  expect(rights.lacks(needs.deleteDefinition('orders'))).toContain('delete this definition');
  expect(rights.lacks(needs.newDefinition)).toContain('make definitions');
});

test('a grant on a tag lets make what gets the tag', () => {
  const rights = new Rights({
    ...me('guest'),
    some: ['workflow:write', 'secret:write', 'taskdef:write'],
    things: { TAG: { 'customer:acme': ['CREATE', 'READ'] } },
  });
  expect(rights.lacks(needs.newDefinition)).toBeUndefined();
  expect(rights.lacks(needs.newSecret)).toBeUndefined();
  expect(rights.lacks(needs.newTaskDefinition)).toContain('make task definitions');
  expect(rights.lacks(needs.editDefinition('orders'))).toContain('change this definition');
});

test('an access key is told apart from a person', () => {
  const rights = new Rights({ ...me('worker'), application: 'app_1', managed: false });
  expect(rights.lacks(needs.requeue)).toBe(
    'This access key does not let you put tasks back into queues. Ask whoever runs this cluster.',
  );
});
