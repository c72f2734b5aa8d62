import { syntaxTree } from '@codemirror/language';
import type { Diagnostic } from '@codemirror/lint';
import type { EditorState } from '@codemirror/state';
import type { Violation } from '../client/call';
import { rangeOf, type Slice } from './json-tree';
import { misfit, type Path, pathText, type Shape } from './shape';

/** What is wrong with the edited text: that it is no JSON, what does not fit its shape, and what the server said. */
export function diagnose(state: EditorState, shape: Shape, violations: readonly Violation[]): Diagnostic[] {
  const text = state.doc.toString();
  if (text.trim() === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return [syntaxError(state, error)];
  }
  const slice: Slice = (from, to) => state.sliceDoc(from, to);
  const tree = syntaxTree(state);
  const told = new Set<string>();
  const all = [
    ...violations.map((violation): Finding => ({ ...violation, severity: 'error' })),
    ...misfits(value, shape, []),
  ];
  return all.flatMap(({ path, message, severity }) => {
    if (told.has(path)) return [];
    told.add(path);
    return [{ ...rangeOf(tree, path, slice), severity, message: path ? `${path} ${message}` : message }];
  });
}

interface Finding extends Violation {
  severity: 'error' | 'warning';
}

function* misfits(value: unknown, shape: Shape, path: Path): Generator<Finding> {
  const wrong = misfit(value, shape);
  if (wrong !== undefined) {
    yield { path: pathText(path), message: wrong, severity: 'error' };
    return;
  }
  if (Array.isArray(value) && shape.kind === 'list') {
    for (const [i, item] of value.entries()) yield* misfits(item, shape.of, [...path, i]);
  } else if (
    typeof value === 'object' &&
    value !== null &&
    (shape.kind === 'object' || shape.kind === 'map')
  ) {
    for (const [key, each] of Object.entries(value)) {
      const own = shape.kind === 'map' ? shape.of : shape.fields()[key]?.shape;
      if (own) yield* misfits(each, own, [...path, key]);
      else
        yield {
          path: pathText([...path, key]),
          message: 'is not known here and has no effect',
          severity: 'warning',
        };
    }
  }
}

/** Where reading stopped. The parser of the browser tells it as a position or as line and column. */
function syntaxError(state: EditorState, error: unknown): Diagnostic {
  const message = error instanceof Error ? error.message : String(error);
  const line = /line (\d+) column (\d+)/.exec(message);
  const position = /position (\d+)/.exec(message)?.[1];
  let from = state.doc.length;
  if (position !== undefined) from = Number(position);
  else if (line) from = state.doc.line(Math.min(Number(line[1]), state.doc.lines)).from + Number(line[2]) - 1;
  from = Math.min(from, state.doc.length);
  return {
    from: Math.min(from, Math.max(0, state.doc.length - 1)),
    to: Math.min(from + 1, state.doc.length),
    severity: 'error',
    message: `This is not JSON: ${message.replace(/ in JSON at.*$/, '').replace(/^JSON\.parse: /, '')}`,
  };
}
