import { expect, test } from 'vitest';
import * as fixture from '../../mock/cluster/executions';
import type { Execution, WorkflowStatus } from '../conductor/types';
import { workflowStatuses } from '../conductor/types';
import { obstacles, waitsForSomeone } from './possible';
import { resolveSelection } from './selection';

const inState = (status: WorkflowStatus): Execution => ({ ...fixture.linear(0), status });

test.each([
  ['pause', ['RUNNING']],
  ['resume', ['PAUSED']],
  ['terminate', ['RUNNING', 'PAUSED']],
  ['retry', ['FAILED', 'TIMED_OUT', 'TERMINATED']],
  ['restart', ['COMPLETED', 'FAILED', 'TIMED_OUT', 'TERMINATED']],
] as const)('%s is possible in %j only', (command, states) => {
  const possible = workflowStatuses.filter((status) => obstacles[command](inState(status)) === undefined);
  expect(possible).toEqual(states);
});

test('a completed execution is not restarted against its definition', () => {
  const execution = inState('COMPLETED');
  if (!execution.workflowDefinition) throw new Error('fixture without definition');
  execution.workflowDefinition = { ...execution.workflowDefinition, restartable: false };
  expect(obstacles.restart(execution)).toMatch(/cannot be restarted/);
  expect(obstacles.restart({ ...execution, status: 'FAILED' })).toBeUndefined();
});

const select = (execution: Execution, reference: string) => {
  const selection = resolveSelection(execution, new Map(), reference);
  if (!selection) throw new Error('nothing selected');
  return selection;
};

test('a task is rerun when the execution has ended and the flow has come to it', () => {
  expect(obstacles.rerun(select(fixture.forkFailed(0), 'load_order'))).toBeUndefined();
  expect(obstacles.rerun(select(fixture.forkFailed(0), 'pick'))).toMatch(/has not come/);
  expect(obstacles.rerun(select(fixture.shipped(0), 'load_order'))).toMatch(/still running/);
});

test('a task is skipped while the execution runs and before the flow has come to it', () => {
  expect(obstacles.skip(select(fixture.shipped(0), 'close_order'))).toBeUndefined();
  expect(obstacles.skip(select(fixture.shipped(0), 'load_order'))).toMatch(/reached already/);
  expect(obstacles.skip(select(fixture.forkFailed(0), 'close_order'))).toMatch(/not running/);
  expect(obstacles.skip(select(fixture.shipped(0), 'nobody'))).toMatch(/no such task/);
});

test('only open tasks that wait for someone outside are ended by hand', () => {
  expect(waitsForSomeone(select(fixture.waitingForLegal(0), 'legal_review').attempts[0])).toBe(true);
  expect(waitsForSomeone(select(fixture.waitingForLegal(0), 'draft').attempts[0])).toBe(false);
  expect(waitsForSomeone(undefined)).toBe(false);
});
