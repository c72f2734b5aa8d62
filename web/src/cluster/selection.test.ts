import { expect, test } from 'vitest';
import { shipParcel } from '../../mock/cluster/definitions';
import * as fixture from '../../mock/cluster/executions';
import { failedTasks, resolveSelection } from './selection';

test('a reference leads to its attempts, oldest first', () => {
  const selection = resolveSelection(fixture.forkFailed(0), new Map(), 'authorize_card');
  expect(selection?.attempts.map((task) => task.retryCount)).toEqual([0, 1, 2]);
  expect(selection?.task?.type).toBe('SIMPLE');
});

test('a task that the flow has not come to is known from the definition', () => {
  const selection = resolveSelection(fixture.shipped(0), new Map(), 'close_order');
  expect(selection).toMatchObject({
    reference: 'close_order',
    attempts: [],
    task: { taskReferenceName: 'close_order' },
  });
});

test('a path leads into sub-workflows once their contents are there', () => {
  const child = fixture.parcel(0);
  const contents = new Map([[child.workflowId, { definition: shipParcel, execution: child }]]);
  expect(resolveSelection(fixture.shipped(0), new Map(), 'ship/pause__2')).toBeUndefined();
  expect(resolveSelection(fixture.shipped(0), contents, 'ship/pause__2')).toMatchObject({
    reference: 'pause__2',
    execution: { workflowId: child.workflowId },
    task: { type: 'WAIT' },
  });
});

test('a task that a later attempt saved has not failed', () => {
  expect(failedTasks(fixture.forkFailed(0)).map((task) => task.referenceTaskName)).toEqual(['reserve_stock']);
});
