import { expect, test } from 'vitest';
import { fulfilOrder } from '../../mock/cluster/definitions';
import * as fixture from '../../mock/cluster/executions';
import { edgeState } from './overlay';
import { draw } from './testing';
import { step } from './walk';

const { layout } = draw(fulfilOrder);

test.each([
  ['load_order', 'down', 'prepare'],
  ['prepare', 'down', 'reserve_stock'],
  ['prepare', 'up', 'load_order'],
  ['reserve_stock', 'left', 'authorize_card'],
  ['reserve_stock', 'right', 'notify_customer'],
  ['authorize_card', 'left', undefined],
  ['pick', 'down', 'prepared'],
  ['prepared', 'up', 'restock_window'],
  ['close_order', 'down', ':end'],
] as const)('from %s %s leads to %s', (from, direction, to) => {
  expect(step(layout, from, direction, () => false)).toBe(to);
});

test('of several ways the one that was taken comes first', () => {
  const execution = fixture.shipped(Date.UTC(2026, 10, 20, 12));
  const { overlay } = draw(fulfilOrder, execution);
  if (!overlay) throw new Error('no overlay');
  const to = step(layout, 'in_stock', 'down', (edge) => edgeState(edge, overlay) === 'taken');
  expect(to).toBe('pick');
});

test('a loop is entered from its frame and left from its last task', () => {
  const parcel = fixture.parcel(Date.UTC(2026, 10, 20, 12));
  if (!parcel.workflowDefinition) throw new Error('fixture without definition');
  const loop = draw(parcel.workflowDefinition, parcel).layout;
  expect(step(loop, 'until_accepted', 'down', () => false)).toBe('hand_over');
  expect(step(loop, 'hand_over', 'up', () => false)).toBe('until_accepted');
  expect(step(loop, 'pause', 'down', () => false)).toBe('print_label');
});
