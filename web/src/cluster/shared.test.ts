import { expect, test } from 'vitest';
import type { Access, Kind } from './client/types';
import { grantText } from './shared';

const grant = (type: Kind, id: string, ...access: Access[]) => ({
  subject: { type: 'USER' as const, id: 'ada' },
  target: { type, id },
  access,
});

test.each([
  [grant('WORKFLOW_DEF', 'orders', 'EXECUTE'), 'run the workflow orders'],
  [grant('WORKFLOW_DEF', 'orders', 'DELETE', 'READ', 'EXECUTE'), 'see, run and delete the workflow orders'],
  [grant('TASK_DEF', 'resize', 'EXECUTE'), 'work on tasks of the type resize'],
  [grant('SECRET_NAME', 'pin', 'READ', 'UPDATE'), 'use and change the secret pin'],
  [grant('DOMAIN', 'eu', 'EXECUTE'), 'work on tasks in the domain eu'],
  [grant('TAG', 'team:money', 'READ'), 'see whatever is tagged team:money'],
  [grant('DOMAIN', 'eu', 'READ'), 'do nothing with tasks in the domain eu'],
])('a grant is told as a sentence', (given, text) => {
  expect(grantText(given)).toBe(text);
});
