import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  snippet,
} from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';
import { pathOf, properties, type Slice } from './json-tree';
import { type Field, type Shape, shapeAt, type Template } from './shape';

/**
 * Completes names, values, whole entries of lists, and expressions, by what the JSON is to be. catalog has the entries that are
 * offered first, where a list takes them.
 */
export function completeBy(root: Shape, catalog: () => readonly Template[] = () => []) {
  return (context: CompletionContext): CompletionResult | null => {
    const { state, pos } = context;
    const slice: Slice = (from, to) => state.sliceDoc(from, to);
    const node = syntaxTree(state).resolveInner(pos, -1);

    if (node.name === 'PropertyName') {
      const object = node.parent?.parent;
      const shape = object && shapeAt(root, pathOf(object, slice));
      if (object?.name !== 'Object' || shape?.kind !== 'object') return null;
      const taken = properties(object, slice);
      const hasValue = /^\s*:/.test(slice(node.to, node.to + 20));
      return {
        from: node.from,
        to: node.to,
        options: names(shape.fields(), {
          taken,
          hasValue,
          present: slice(node.from, node.to),
          comma: commaBefore(slice(node.to, node.to + 500)),
        }),
        filter: true,
      };
    }
    if (node.name === 'String') {
      const expression = /\$\{([\w.$]*)$/.exec(slice(node.from, pos));
      if (expression) {
        const from = pos - (expression[1]?.length ?? 0);
        const closed = slice(pos, pos + 1) === '}';
        return { from, options: references(state, closed), validFor: /^[\w.]*$/ };
      }
      const shape = shapeAt(root, pathOf(node, slice));
      if (shape?.kind !== 'text' || !shape.values) return null;
      return {
        from: node.from,
        to: node.to,
        options: shape.values.map((value) => ({ label: JSON.stringify(value), type: 'enum' })),
      };
    }

    const line = slice(state.doc.lineAt(pos).from, pos);
    const afterColon = /:\s*(\w*)$/.exec(line);
    if (afterColon) {
      const property =
        node.name === 'Property' ? node : node.parent?.name === 'Property' ? node.parent : null;
      const shape = property && shapeAt(root, pathOf(property, slice));
      const options = shape ? valuesOf(shape) : [];
      return options.length === 0 ? null : { from: pos - (afterColon[1]?.length ?? 0), options };
    }
    const list = around(node, 'Array');
    if (list && (context.explicit || /[\w{]$/.test(line))) {
      const shape = shapeAt(root, pathOf(list, slice));
      const word = /[\w{]*$/.exec(line)?.[0] ?? '';
      const comma = commaBefore(slice(pos, pos + 500));
      if (shape?.kind !== 'list' || !shape.templates) return null;
      const filter = !word.startsWith('{');
      const ahead = shape.catalog ? catalog() : [];
      return {
        from: pos - word.length,
        filter,
        // Further letters only narrow what is offered: asked anew at each, the offer would not answer to a click meanwhile. It is
        // asked anew as long as the catalog has nothing, which may still be loaded.
        ...(filter && (!shape.catalog || ahead.length > 0) && { validFor: /^\w*$/ }),
        options: [...ahead, ...shape.templates].map(({ name, info, text }, i) => ({
          label: name,
          detail: info,
          type: 'class',
          boost: Math.max(-90, 50 - i),
          apply: snippet(text + comma),
        })),
      };
    }
    const object = around(node, 'Object');
    if (object && context.explicit && /^\s*\w*$|[{,]\s*\w*$/.test(line)) {
      const shape = shapeAt(root, pathOf(object, slice));
      const word = /\w*$/.exec(line)?.[0] ?? '';
      if (shape?.kind !== 'object') return null;
      return {
        from: pos - word.length,
        filter: false,
        options: names(shape.fields(), {
          taken: properties(object, slice),
          hasValue: false,
          present: '',
          comma: commaBefore(slice(pos, pos + 500)),
        }),
      };
    }
    return null;
  };
}

/** The list or object in which a word is being written, which may look like numbers and errors until it is whole. */
function around(node: SyntaxNode, kind: 'Array' | 'Object'): SyntaxNode | null {
  let at: SyntaxNode | null = node;
  while (at && (at.type.isError || at.name === 'Number')) at = at.parent;
  return at?.name === kind ? at : at?.parent?.name === kind ? at.parent : null;
}

/** What must stand between what is put in and what follows it. */
function commaBefore(following: string): string {
  return /^\s*["{[\w-]/.test(following) ? ',' : '';
}

interface Surroundings {
  /** Names that the object has already. */
  taken: ReadonlyMap<string, unknown>;
  /** Whether a value follows the name already. */
  hasValue: boolean;
  /** The name as it stands, in quotes. */
  present: string;
  comma: string;
}

function names(
  fields: Readonly<Record<string, Field>>,
  { taken, hasValue, present, comma }: Surroundings,
): Completion[] {
  return Object.entries(fields)
    .filter(([name]) => !taken.has(name) || JSON.stringify(name) === present)
    .map(([name, { shape, info }], i) => ({
      label: JSON.stringify(name),
      displayLabel: name,
      detail: info,
      type: 'property',
      // In the order of the shape, which begins with what matters.
      boost: Math.max(-90, 50 - i),
      ...(!hasValue && { apply: snippet(`${JSON.stringify(name)}: ${emptyValue(shape)}${comma}`) }),
    }));
}

function emptyValue(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return '"#{}"';
    case 'number':
      return '#{0}';
    case 'boolean':
      return '#{true}';
    case 'list':
      return '[#{}]';
    case 'any':
      return '#{}';
    default:
      return '{#{}}';
  }
}

function valuesOf(shape: Shape): Completion[] {
  if (shape.kind === 'boolean') return ['true', 'false'].map((label) => ({ label, type: 'keyword' }));
  if (shape.kind === 'text') {
    return (shape.values ?? []).map((value) => ({ label: JSON.stringify(value), type: 'enum' }));
  }
  return [];
}

/** What an expression can refer to: inputs that the text names, and outputs of its tasks. */
function references(state: EditorState, closed: boolean): Completion[] {
  const text = state.doc.toString();
  const end = closed ? '' : '}';
  const tasks = [...text.matchAll(/"taskReferenceName"\s*:\s*"([^"]+)"/g)].map((found) => found[1] ?? '');
  const inputs = /"inputParameters"\s*:\s*\[([^\]]*)\]/.exec(text)?.[1] ?? '';
  const inputNames = [...inputs.matchAll(/"([^"]+)"/g)].map((found) => found[1] ?? '');
  const all = [
    ...inputNames.map((name) => `workflow.input.${name}`),
    ...[...new Set(tasks)].map((name) => `${name}.output`),
    'workflow.workflowId',
    'workflow.correlationId',
  ];
  return all.map((label) => ({
    label,
    type: 'variable',
    apply: label.endsWith('.output') ? label : label + end,
  }));
}
