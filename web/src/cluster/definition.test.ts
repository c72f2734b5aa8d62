import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { definitions } from '../../mock/cluster/definitions.ts';
import type { Json, WorkflowDef, WorkflowTask } from '../conductor/types';
import { parseDefinition, walkBlocks } from '../graph/blocks';
import { folded, lineDiff } from '../ui/line-diff';
import { compareDefinitions } from './definition-diff';
import { pathOfTask, readDraft } from './definition-draft';
import { definitionText } from './definition-text';
import { usesOf } from './uses';

const task = (reference: string, more: Partial<WorkflowTask> = {}): WorkflowTask => ({
  name: reference,
  taskReferenceName: reference,
  type: 'SIMPLE',
  ...more,
});
const def = (tasks: WorkflowTask[], more: Partial<WorkflowDef> = {}): WorkflowDef => ({
  name: 'a',
  version: 1,
  tasks,
  ...more,
});

describe('the text of a definition', () => {
  test('leaves out what the server fills in and notes by itself, and nothing else', () => {
    const written = def(
      [
        task('fork', {
          type: 'FORK_JOIN',
          forkTasks: [[task('x', { inputParameters: { optional: false, joinOn: [] }, optional: true })]],
          defaultCase: [],
          decisionCases: {},
        }),
      ],
      { restartable: true, createTime: 7, inputParameters: [], timeoutPolicy: 'TIME_OUT_WF' },
    );
    expect(JSON.parse(definitionText(written))).toEqual({
      name: 'a',
      version: 1,
      timeoutPolicy: 'TIME_OUT_WF',
      tasks: [
        {
          name: 'fork',
          taskReferenceName: 'fork',
          type: 'FORK_JOIN',
          forkTasks: [
            [
              {
                name: 'x',
                taskReferenceName: 'x',
                type: 'SIMPLE',
                inputParameters: { optional: false, joinOn: [] },
                optional: true,
              },
            ],
          ],
        },
      ],
    });
  });
});

describe('a draft', () => {
  test('is drawn as it is when it is whole', () => {
    for (const each of definitions) {
      const { drawable } = readDraft(definitionText(each));
      const ids = (of: WorkflowDef) => [...walkBlocks(parseDefinition(of))].map((block) => block.id);
      expect(drawable && ids(drawable)).toEqual(ids(each));
    }
  });

  test('that is no object is not drawn', () => {
    for (const text of ['', '{', '[]', '3', 'null']) expect(readDraft(text).drawable).toBeUndefined();
  });

  test('can be drawn whatever JSON it holds', () => {
    const key = fc.constantFrom(
      'name',
      'taskReferenceName',
      'type',
      'tasks',
      'forkTasks',
      'decisionCases',
      'defaultCase',
      'loopOver',
      'joinOn',
      'subWorkflowParam',
      'inputParameters',
      'expression',
    );
    const leaf = fc.oneof(
      fc.constantFrom('SWITCH', 'FORK_JOIN', 'FORK_JOIN_DYNAMIC', 'JOIN', 'DO_WHILE', 'SUB_WORKFLOW'),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (tasks) => {
        const { drawable } = readDraft(JSON.stringify({ name: 'a', tasks }));
        expect(drawable).toBeDefined();
        for (const block of walkBlocks(parseDefinition(drawable as WorkflowDef)))
          expect(block.id).not.toBe('');
      }),
    );
  });

  test('tells where a task stands in the text', () => {
    const nested = def([
      task('a'),
      task('b', { type: 'SWITCH', decisionCases: { KR: [task('c')] }, defaultCase: [task('d')] }),
      task('e', { type: 'FORK_JOIN', forkTasks: [[], [task('f'), task('g')]] }),
    ]);
    expect(pathOfTask(nested, 'c')).toBe('tasks[1].decisionCases.KR[0]');
    expect(pathOfTask(nested, 'd')).toBe('tasks[1].defaultCase[0]');
    expect(pathOfTask(nested, 'g')).toBe('tasks[2].forkTasks[1][1]');
    expect(pathOfTask(nested, 'nowhere')).toBeUndefined();
  });
});

describe('what changed between versions', () => {
  test('is nothing between a definition and itself, whatever its version', () => {
    for (const each of definitions) expect(compareDefinitions(each, { ...each, version: 9 })).toEqual([]);
  });

  test('names tasks that came, went, changed and moved', () => {
    const before = def([
      task('a'),
      task('b'),
      task('c'),
      task('d', { type: 'DO_WHILE', loopOver: [task('e')] }),
    ]);
    const after = def([
      task('b', { optional: true }),
      task('c'),
      task('a'),
      task('d', { type: 'DO_WHILE', loopOver: [task('n')] }),
    ]);
    expect(compareDefinitions(before, after)).toEqual([
      { kind: 'changed', reference: 'b', type: 'SIMPLE', where: '', fields: ['optional'] },
      { kind: 'moved', reference: 'a', type: 'SIMPLE', where: '', from: '' },
      { kind: 'added', reference: 'n', type: 'SIMPLE', where: 'loop d' },
      { kind: 'removed', reference: 'e', type: 'SIMPLE', where: 'loop d' },
    ]);
  });

  test('tells a move into another branch, and settings of the workflow', () => {
    const fork = (left: WorkflowTask[], right: WorkflowTask[]) =>
      def([task('fork', { type: 'FORK_JOIN', forkTasks: [left, right] })]);
    expect(
      compareDefinitions(fork([task('x'), task('y')], []), {
        ...fork([task('y')], [task('x')]),
        timeoutSeconds: 60,
      }),
    ).toEqual([
      { kind: 'moved', reference: 'x', type: 'SIMPLE', where: 'branch 2 of fork', from: 'branch 1 of fork' },
      { kind: 'setting', field: 'timeoutSeconds' },
    ]);
  });

  test('line by line folds what did not change', () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const after = before.with(10, 'other');
    const lines = lineDiff(before.join('\n'), after.join('\n'));
    expect(lines.filter(({ kind }) => kind !== 'same')).toEqual([
      { kind: 'removed', text: 'line 10', before: 11 },
      { kind: 'added', text: 'other', after: 11 },
    ]);
    const parts = folded(lines);
    expect(parts.map((part) => ('hidden' in part ? -part.hidden.length : part.lines.length))).toEqual([
      -7, 8, -6,
    ]);
    expect(parts.flatMap((part) => ('hidden' in part ? part.hidden : part.lines))).toEqual(lines);
  });
});

test('uses of a task are found at any depth', () => {
  const uses = usesOf('resize', [
    def([task('x', { type: 'SWITCH', decisionCases: { a: [task('small', { name: 'resize' })] } })], {
      name: 'z',
    }),
    def([task('resize'), task('other')], { name: 'b', version: 4 }),
  ]);
  expect(uses).toEqual([
    { workflow: 'b', version: 4, reference: 'resize' },
    { workflow: 'z', version: 1, reference: 'small' },
  ]);
});
