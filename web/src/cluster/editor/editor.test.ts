import { CompletionContext } from '@codemirror/autocomplete';
import { json } from '@codemirror/lang-json';
import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState, type TransactionSpec } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { describe, expect, test } from 'vitest';
import { definitions } from '../../../mock/cluster/definitions.ts';
import type { TaskDef } from '../client/types';
import { definitionTemplates } from '../definition-templates';
import { definitionText } from '../definition-text';
import { catalogTemplate } from './catalog';
import { completeBy } from './complete';
import { definitionShape, taskTemplates } from './conductor-shapes';
import { diagnose } from './diagnose';
import { rangeOf } from './json-tree';

/** The state of an editor; `|` is where the cursor is. */
function editing(marked: string) {
  const at = marked.indexOf('|');
  const state = EditorState.create({ doc: marked.replace('|', ''), extensions: [json()] });
  const tree = ensureSyntaxTree(state, state.doc.length, 5000);
  if (!tree) throw new Error('not parsed');
  return { state, tree, at: at < 0 ? 0 : at };
}

function complete(marked: string, explicit = true): string[] {
  const { state, at } = editing(marked);
  const found = completeBy(definitionShape)(new CompletionContext(state, at, explicit));
  return (found?.options ?? []).map(({ displayLabel, label }) => displayLabel ?? label);
}

describe('completion', () => {
  test('offers the names that an object may have and has not', () => {
    const names = complete('{"name": "a", "|"}');
    expect(names).toContain('tasks');
    expect(names).not.toContain('name');
    expect(names).not.toContain('taskReferenceName');
  });

  test('knows tasks however deep they lie', () => {
    for (const around of [
      '{"tasks": [{"|"}]}',
      '{"tasks": [{"forkTasks": [[{"|"}]]}]}',
      '{"tasks": [{"decisionCases": {"a": [{"|"}]}}]}',
      '{"tasks": [{"loopOver": [{"|"}]}]}',
    ]) {
      expect(complete(around), around).toContain('taskReferenceName');
    }
  });

  test('offers names on an empty line, and values after a colon', () => {
    expect(complete('{\n  "name": "a",\n  |\n}')).toContain('tasks');
    expect(complete('{"tasks": [{"type": |}]}')).toContain('"HTTP"');
    expect(complete('{"restartable": |}')).toEqual(['true', 'false']);
  });

  test('offers the values of a text that is one of several', () => {
    expect(complete('{"tasks": [{"type": "S|"}]}')).toContain('"SIMPLE"');
    expect(complete('{"timeoutPolicy": "|"}')).toEqual(['"TIME_OUT_WF"', '"ALERT_ONLY"']);
    expect(complete('{"description": "|"}')).toEqual([]);
  });

  test('offers whole tasks where a list of them is', () => {
    expect(complete('{"tasks": [|]}')).toContain('worker');
    expect(complete('{"tasks": [w|]}', false)).toContain('worker');
    expect(complete('{"inputParameters": [|]}')).toEqual([]);
  });

  test('offers inputs and outputs inside expressions', () => {
    const found = complete(
      '{"inputParameters": ["orderId"], "tasks": [{"taskReferenceName": "fetch", "inputParameters": {"a": "${|"}}]}',
    );
    expect(found).toEqual([
      'workflow.input.orderId',
      'fetch.output',
      'workflow.workflowId',
      'workflow.correlationId',
    ]);
  });

  test('puts a comma between what it brings and what follows', () => {
    const applied = (marked: string) => {
      const { state, at } = editing(marked);
      const found = completeBy(definitionShape)(new CompletionContext(state, at, true));
      const [first] = found?.options ?? [];
      let text = '';
      const view = {
        state,
        dispatch: (spec: TransactionSpec) => (text = state.update(spec).newDoc.toString()),
      };
      if (typeof first?.apply === 'function') {
        first.apply(view as unknown as EditorView, first, found?.from ?? at, found?.to ?? at);
      }
      return text;
    };
    const first = applied('{"tasks": [\n|\n{"name": "a"}]}');
    expect(JSON.parse(first).tasks).toHaveLength(2);
    expect(JSON.parse(applied('{"tasks": [{"name": "a"},\n|\n]}')).tasks).toHaveLength(2);
    expect(JSON.parse(applied('{\n|\n"version": 1}'))).toHaveProperty('version', 1);
  });

  test('offers nothing of its own among free values', () => {
    expect(complete('{"tasks": [{"inputParameters": {"|"}}]}')).toEqual([]);
  });
});

describe('what is wrong', () => {
  const problems = (text: string, violations: { path: string; message: string }[] = []) => {
    const { state } = editing(text);
    return diagnose(state, definitionShape, violations).map(({ from, to, severity, message }) => ({
      at: state.sliceDoc(from, to),
      severity,
      message,
    }));
  };

  test('is marked where reading stopped', () => {
    const found = problems('{"name": "a" "version": 1}');
    expect(found).toEqual([
      { at: '"', severity: 'error', message: expect.stringMatching(/^This is not JSON/) },
    ]);
    expect(problems('{"name": "a",')).toHaveLength(1);
    expect(problems('')).toEqual([]);
  });

  test('is marked when a value is of the wrong kind or a name is unknown', () => {
    expect(problems('{"version": "one", "tasks": [{"typ": "HTTP"}]}')).toEqual([
      { at: '"one"', severity: 'error', message: 'version must be a number' },
      { at: '"HTTP"', severity: 'warning', message: 'tasks[0].typ is not known here and has no effect' },
    ]);
  });

  test('is marked where the server says, or at the nearest value around it', () => {
    const text = '{"tasks": [{"name": ""}, {"name": "b"}]}';
    expect(
      problems(text, [
        { path: 'tasks[0].name', message: 'must not be empty' },
        { path: 'tasks[1].taskReferenceName', message: 'must not be empty' },
        { path: '', message: 'as a whole' },
      ]),
    ).toEqual([
      { at: '""', severity: 'error', message: 'tasks[0].name must not be empty' },
      { at: '{', severity: 'error', message: 'tasks[1].taskReferenceName must not be empty' },
      { at: '{', severity: 'error', message: 'as a whole' },
    ]);
  });

  test('expressions stand for any value', () => {
    expect(problems('{"tasks": [{"optional": "${workflow.input.optional}"}]}')).toEqual([]);
  });

  test('is nothing with any of our own definitions', () => {
    for (const each of [...definitions, ...definitionTemplates.map(({ definition }) => definition)]) {
      expect(problems(definitionText(each)), each.name).toEqual([]);
    }
  });
});

test('a path leads through keys that hold dots and brackets', () => {
  const { state, tree } = editing('{"decisionCases": {"a.b[0]": [{"name": "x"}], "a": 1}}');
  const { from, to } = rangeOf(tree, 'decisionCases.a.b[0][0].name', (a, b) => state.sliceDoc(a, b));
  expect(state.sliceDoc(from, to)).toBe('"x"');
});

test('the cluster’s own tasks are offered first, with the inputs that they want', () => {
  const catalog = [
    { name: 'write_config', description: 'Sets one thing', inputKeys: ['device'] },
    {
      name: 'read.config',
      inputTemplate: { tries: 3 },
      inputSchema: {
        data: { required: ['device', 'tries'], properties: { device: {}, tries: {}, more: {} } },
      },
    },
  ].map((each) => catalogTemplate(each as TaskDef));
  const result = (marked: string, known = catalog) => {
    const { state, at } = editing(marked);
    return completeBy(definitionShape, () => known)(new CompletionContext(state, at, true));
  };
  const offered = (marked: string) => result(marked)?.options.map(({ label }) => label) ?? [];
  expect(offered('{"tasks": [|]}').slice(0, 3)).toEqual(['write_config', 'read.config', 'worker']);
  expect(offered('{"tasks": [{"loopOver": [|]}]}')[0]).toBe('write_config');
  expect(offered('{"tasks": [\n  write_a52fe7|\n  {"name": "x"}]}')).toContain('write_config');
  expect(offered('{"inputParameters": [|]}')).toEqual([]);
  // The offer stays while one goes on writing, so that it can be clicked at any moment; not before the tasks are known.
  expect(result('{"tasks": [w|]}')?.validFor).toEqual(/^\w*$/);
  expect(result('{"tasks": [w|]}', [])?.validFor).toBeUndefined();
  expect(JSON.parse((catalog[1]?.text ?? '').replaceAll(/"#\{([^}]*)\}"/g, '"$1"'))).toEqual({
    name: 'read.config',
    taskReferenceName: 'read_config_ref',
    type: 'SIMPLE',
    inputParameters: { device: '' },
  });
});

test('templates of tasks are JSON once their places are left empty', () => {
  for (const { name, text } of taskTemplates) {
    const filled = text.replaceAll(/"#\{[^}]*\}"/g, '""').replaceAll(/#\{([^}]*)\}/g, '$1');
    expect(() => JSON.parse(`[${filled}]`), name).not.toThrow();
  }
});
