import { expect, test } from 'vitest';
import { plainReason } from './reason';

const failed = (reason: string, status = 'FAILED') =>
  `Task 01a20509-3409-7b29-a664-f6bfb2661459 failed with status: ${status} and reason: '${reason}'`;

test.each([
  ['a person’s words', 'Not wanted any more', 'Not wanted any more'],
  ['a task', failed('card declined'), 'card declined'],
  ['a task in its own quotes', failed("no 'amount' in the input"), "no 'amount' in the input"],
  ['a sub-workflow', failed(failed('card declined', 'TIMED_OUT')), 'card declined'],
  ['several tasks', `${failed('one')}, ${failed('two')}`, 'one; two'],
  ['several lines', failed('first\nsecond'), 'first\nsecond'],
  ['no reason', failed(''), ''],
])('the reason of %s', (_, reason, plain) => {
  expect(plainReason(reason)).toBe(plain);
});
