import { expect, test } from 'vitest';
import { fulfilOrder, shipParcel } from '../../mock/cluster/definitions';
import * as fixture from '../../mock/cluster/executions';
import { locate, visibleId } from './places';
import { draw } from './testing';

const start = Date.UTC(2026, 10, 20, 12);

test.each([
  ['matched', 'matched', {}],
  ['matched__2', 'matched', { each_debit: 2 }],
  ['match_line__2__1', 'match_line', { each_debit: 2, each_line: 1 }],
  ['each_line__2', 'each_line', { each_debit: 2 }],
  ['sides', 'sides', {}],
])('%s is found', (reference, id, iterations) => {
  const { workflowDefinition, ...execution } = fixture.nested(start);
  if (!workflowDefinition) throw new Error('fixture without definition');
  const located = locate(reference, draw(workflowDefinition, execution).places);
  expect(located?.place.id).toBe(id);
  expect(Object.fromEntries(located?.iterations ?? [])).toEqual(iterations);
});

test('a reference that is in no definition is not found', () => {
  const { places } = draw(fulfilOrder);
  expect(locate('nobody', places)).toBeUndefined();
  expect(locate('close_order__1', places)).toBeUndefined();
});

test('a task in an opened sub-workflow is found by way of its parent', () => {
  const child = fixture.parcel(start);
  const contents = new Map([[child.workflowId, { definition: shipParcel, execution: child }]]);
  const { places } = draw(fulfilOrder, fixture.shipped(start), { open: new Map([['ship', true]]) }, contents);
  const located = locate('ship/pause__2', places);
  expect(located?.place.id).toBe('ship/pause');
  expect(located?.iterations).toEqual(new Map([['ship/until_accepted', 2]]));
});

test('a folded branch is shown by its fold', () => {
  const execution = fixture.importing(start);
  if (!execution.workflowDefinition) throw new Error('fixture without definition');
  const { places, layout } = draw(execution.workflowDefinition, execution);
  const drawn = new Set(layout.nodes.map((node) => node.id));
  const place = locate('import_0500', places)?.place;
  expect(place && visibleId(place, (id) => drawn.has(id))).toBe('import_each');
});
