import { describe, expect, test } from 'vitest';
import {
  approveContract,
  crawlSite,
  fulfilOrder,
  publishImage,
  reconcileLedger,
  shipParcel,
} from '../../mock/cluster/definitions';
import * as fixture from '../../mock/cluster/executions';
import { Run } from '../../mock/cluster/run';
import type { Execution, WorkflowDef } from '../conductor/types';
import { edgeState } from './overlay';
import { draw } from './testing';

const start = Date.UTC(2026, 10, 20, 12);

function read(execution: Execution, choices: Parameters<typeof draw>[2] = {}) {
  const { workflowDefinition } = execution;
  if (!workflowDefinition) throw new Error('fixture without definition');
  const { overlay, layout, ...rest } = draw(workflowDefinition, execution, choices);
  if (!overlay) throw new Error('no overlay');
  const edge = (from: string, to: string) => {
    const found = layout.edges.find((e) => e.from === from && e.to === to);
    if (!found) throw new Error(`no edge ${from} > ${to}`);
    return edgeState(found, overlay);
  };
  return {
    node: (id: string) => overlay.nodes.get(id),
    group: (id: string) => overlay.groups.get(id),
    edge,
    layout,
    ...rest,
  };
}

describe('a switch', () => {
  test('marks the cases that were not taken, and the empty one that was', () => {
    const { node, edge } = read(fixture.switched(start));
    expect(node('by_country')?.state).toBe('completed');
    expect(node('formats_kr')?.state).toBe('untaken');
    expect(node('not_licensed')?.state).toBe('untaken');
    expect(edge('by_country', 'by_country:merge')).toBe('taken');
    expect(edge('by_country', 'formats_kr')).toBe('untaken');
    expect(edge('license_kr', 'by_country:merge')).toBe('untaken');
    expect(edge('by_country:merge', 'plan_formats')).toBe('taken');
  });

  test('is told from its tasks when it reports no case', () => {
    const run = new Run(publishImage, 'w', start)
      .done('probe')
      .done('by_country', { output: {} })
      .record('formats_jp', 'SCHEDULED');
    const { node, edge } = read(run.end('RUNNING'));
    expect(node('formats_jp')?.state).toBe('waiting');
    expect(node('formats_kr')?.state).toBe('untaken');
    expect(edge('formats_jp', 'by_country:merge')).toBe('pending');
  });

  test('takes its default when no case has the value', () => {
    const run = new Run(approveContract, 'w', start).done('draft').done('legal_review');
    run.done('decision', { output: { evaluationResult: ['unsure'] } });
    expect(read(run.end('RUNNING')).node('sign')?.state).toBe('untaken');
    expect(read(run.end('RUNNING')).node('ask_again')?.state).toBe('pending');
  });

  test('that has not been evaluated leaves every case open', () => {
    const { node } = read(fixture.waitingForLegal(start));
    for (const id of ['sign', 'rejected_by_legal', 'ask_again']) expect(node(id)?.state).toBe('pending');
  });
});

describe('waiting names whom it waits for', () => {
  test.each([
    ['a person', fixture.waitingForLegal(start), 'legal_review', { for: 'person' }],
    ['a worker', fixture.paused(start), 'resize', { for: 'worker' }],
    ['branches', fixture.forkFailed(start), 'prepared', undefined],
  ])('%s', (_, execution, id, wait) => {
    expect(read(execution).node(id)?.wait).toEqual(wait);
  });

  test('a timer, with the time it ends', () => {
    const { node } = read(fixture.parcel(start));
    const since = node('pause')?.attempts[0]?.startTime ?? 0;
    expect(node('pause')?.wait).toEqual({ for: 'timer', at: since + 3_600_000 });
  });

  test('a signal, when a WAIT has no time of its own', () => {
    const run = new Run(fulfilOrder, 'w', start).record('restock_window', 'IN_PROGRESS');
    expect(read(run.end('RUNNING')).node('restock_window')?.wait).toEqual({ for: 'signal' });
  });

  test('a retry, with its attempt and the reason of the one before', () => {
    const node = read(fixture.encoding(start)).node('encode_gif_360');
    expect(node?.wait?.for).toBe('retry');
    expect(node?.attempts.length).toBe(2);
    expect(node?.reason).toBe('connect to encoder-2: connection refused');
  });

  test('the branches that have not ended', () => {
    expect(read(fixture.encoding(start)).node('encoded')?.wait).toEqual({
      for: 'branches',
      open: ['encode_avif_1080', 'encode_avif_720', 'encode_gif_360', 'encode_png_thumb'],
      total: 8,
    });
  });
});

describe('a fork', () => {
  test('shows a branch that was retried and one that failed with its reason', () => {
    const { node, group } = read(fixture.forkFailed(start));
    expect(node('authorize_card')?.attempts.map((t) => t.status)).toEqual(['FAILED', 'FAILED', 'COMPLETED']);
    expect(node('authorize_card')).toMatchObject({ state: 'completed', reason: undefined });
    expect(node('reserve_stock')).toMatchObject({ state: 'failed' });
    expect(node('reserve_stock')?.reason).toContain('2 of LMP-22 ordered');
    expect(node('in_stock')?.state).toBe('pending');
    expect(group('prepare')?.counts).toEqual({ cancelled: 1, failed: 1, warned: 1 });
  });

  test('has a branch underway between two of its tasks', () => {
    const run = new Run(fulfilOrder, 'w', start).done('load_order').done('prepare').done('authorize_card');
    expect(read(run.end('RUNNING')).group('prepare')?.items[0]).toMatchObject({ state: 'running' });
  });

  test('of a thousand branches counts them all and points at each', () => {
    const { group, layout, places } = read(fixture.importing(start));
    expect(group('import_each')?.counts).toEqual({ completed: 877, failed: 4, running: 8, waiting: 111 });
    expect(group('import_each')?.items[97]).toMatchObject({ state: 'failed', ref: 'import_0097' });
    expect(layout.nodes.find((n) => n.id === 'import_each')?.role).toBe('group');
    expect(places.get('import_0097')?.within).toEqual(['import_each']);
  });
});

describe('a loop', () => {
  test('shows its latest iteration, or the one that was asked for', () => {
    const latest = read(fixture.crawled(start));
    expect(latest.group('each_page')).toMatchObject({ of: 'iterations', shown: 3, counts: { completed: 3 } });
    expect(latest.node('extract_text')?.state).toBe('untaken');
    const first = read(fixture.crawled(start), { iterations: new Map([['each_page', 1]]) });
    expect(first.node('extract_text')).toMatchObject({ state: 'completed', ref: 'extract_text__1' });
    expect(first.node('describe_image')?.state).toBe('untaken');
    expect(first.edge('index_page', 'each_page')).toBe('taken');
  });

  test('of many iterations is folded and finds the one that failed', () => {
    const { group, layout } = read(fixture.crawledFar(start));
    expect(layout.nodes.find((n) => n.id === 'each_page')?.role).toBe('group');
    const failed = group('each_page')?.items.filter((item) => item.state === 'failed');
    expect(failed).toMatchObject([{ iteration: 40, ref: 'extract_text__40' }]);
  });

  test('inside a loop has iterations of its own in each of the outer ones', () => {
    const outer = (n: number) => read(fixture.nested(start), { iterations: new Map([['each_debit', n]]) });
    expect(
      outer(1)
        .group('each_line')
        ?.items.map((item) => item.ref),
    ).toEqual(['match_line__1__1', 'match_line__1__2']);
    expect(
      outer(2)
        .group('each_line')
        ?.items.map((item) => item.ref),
    ).toEqual(['match_line__2__1']);
    expect(outer(2).node('match_line')).toMatchObject({ state: 'running', ref: 'match_line__2__1' });
  });

  test('that ended without any iteration leaves its body untaken', () => {
    const run = new Run(crawlSite, 'w', start).done('each_page', { output: { iteration: 0 } });
    expect(read(run.end('COMPLETED')).node('fetch_page')?.state).toBe('untaken');
  });

  test('that kept only its last iterations shows those', () => {
    const run = new Run(crawlSite, 'w', start).done('each_page', { more: { iteration: 9 } });
    for (const n of [8, 9])
      run.done('fetch_page', { iterations: [n] }).done('index_page', { iterations: [n] });
    expect(
      read(run.end('COMPLETED'))
        .group('each_page')
        ?.items.map((item) => item.iteration),
    ).toEqual([8, 9]);
  });
});

describe('the end', () => {
  test('is reached by an execution that completed', () => {
    const { node, edge } = read(fixture.linear(start));
    expect(node(':end')?.state).toBe('completed');
    expect(edge('remember_location', ':end')).toBe('taken');
  });

  test.each([fixture.forkFailed(start), fixture.terminated(start), fixture.timedOut(start)])(
    'is not reached by one that did not',
    (execution) => expect(read(execution).node(':end')?.state).toBe('pending'),
  );
});

test('states that Conductor tells apart stay apart', () => {
  expect(read(fixture.timedOut(start)).node('license_kr')?.state).toBe('timed-out');
  expect(read(fixture.terminated(start)).node('legal_review')?.state).toBe('cancelled');
  expect(read(fixture.forkFailed(start)).node('notify_customer')?.state).toBe('warned');
});

test('an opened sub-workflow shows its own execution', () => {
  const child = fixture.parcel(start);
  const contents = new Map([[child.workflowId, { definition: shipParcel, execution: child }]]);
  const open = new Map([['ship', true]]);
  const { overlay } = draw(fulfilOrder, fixture.shipped(start), { open }, contents);
  expect(overlay?.nodes.get('ship/choose_carrier')).toMatchObject({
    state: 'completed',
    ref: 'ship/choose_carrier',
  });
  expect(overlay?.nodes.get('ship/pause')).toMatchObject({ state: 'waiting', ref: 'ship/pause__2' });
});

test('a definition alone is drawn without states', () => {
  expect(draw(reconcileLedger).overlay).toBeUndefined();
});

test('a definition that breaks the rules is drawn as far as it goes', () => {
  const task = { name: 'a', taskReferenceName: 'a', type: 'SIMPLE' };
  const broken = {
    name: 'x',
    version: 1,
    tasks: [task, task, { ...task, type: 'FORK_JOIN' }],
  } satisfies WorkflowDef;
  const ids = draw(broken).layout.nodes.map((n) => n.id);
  expect(ids).toEqual([':start', 'a', 'a~2', 'a~3', 'a~3:merge', ':end']);
});
