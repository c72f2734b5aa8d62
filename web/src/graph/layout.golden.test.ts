import { expect, test } from 'vitest';
import { definitions, fulfilOrder, publishImage, reconcileLedger } from '../../mock/cluster/definitions';
import * as run from '../../mock/cluster/executions';
import { describeDrawing, draw } from './testing';

const start = Date.UTC(2026, 10, 20, 12);

test.each(definitions.map((def) => [`${def.name}.${def.version}`, def] as const))(
  '%s is laid out',
  async (name, def) => {
    await expect(describeDrawing(draw(def))).toMatchFileSnapshot(`testdata/definition-${name}.txt`);
  },
);

test.each([
  ['linear', run.linear(start)],
  ['switched', run.switched(start)],
  ['encoding', run.encoding(start)],
  ['fork-failed', run.forkFailed(start)],
  ['importing-1000', run.importing(start)],
  ['loop-of-3', run.crawled(start)],
  ['loop-of-40', run.crawledFar(start)],
  ['nested', run.nested(start)],
  ['waiting-for-a-person', run.waitingForLegal(start)],
  ['timed-out', run.timedOut(start)],
])('the execution %s is laid out and marked', async (name, execution) => {
  if (!execution.workflowDefinition) throw new Error('fixture without definition');
  const drawing = draw(execution.workflowDefinition, execution);
  await expect(describeDrawing(drawing)).toMatchFileSnapshot(`testdata/execution-${name}.txt`);
});

test('a sub-workflow opens as a frame around its contents', async () => {
  const child = run.parcel(start);
  if (!child.workflowDefinition) throw new Error('fixture without definition');
  const contents = new Map([[child.workflowId, { definition: child.workflowDefinition, execution: child }]]);
  const drawing = draw(fulfilOrder, run.shipped(start), { open: new Map([['ship', true]]) }, contents);
  expect(drawing.wanted).toEqual([
    { key: child.workflowId, workflowId: child.workflowId, name: 'ship_parcel', version: 1 },
  ]);
  await expect(describeDrawing(drawing)).toMatchFileSnapshot('testdata/execution-sub-workflow-open.txt');
});

test('an inline sub-workflow opens without being loaded', () => {
  const { layout } = draw(reconcileLedger, undefined, { open: new Map([['report', true]]) });
  expect(layout.nodes.map((node) => node.id)).toEqual(
    expect.arrayContaining(['report/render', 'report/mail']),
  );
});

test('a dynamic fork that has not run is one node', () => {
  const roles = draw(publishImage).layout.nodes.map((node) => `${node.role} ${node.id}`);
  expect(roles).toContain('group encode_all');
});
