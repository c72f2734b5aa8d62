import type { SyntaxNode, Tree } from '@lezer/common';
import type { Path } from './shape';

/** Reads pieces of the edited text. */
export type Slice = (from: number, to: number) => string;

const values = new Set(['Object', 'Array', 'String', 'Number', 'True', 'False', 'Null']);

/** The values directly inside a list, in order. */
function items(list: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = list.firstChild; child; child = child.nextSibling) {
    if (values.has(child.name)) found.push(child);
  }
  return found;
}

/** The properties of an object by name. */
export function properties(object: SyntaxNode, slice: Slice): Map<string, SyntaxNode> {
  const found = new Map<string, SyntaxNode>();
  for (const property of object.getChildren('Property')) {
    const name = keyOf(property, slice);
    if (name !== undefined) found.set(name, property);
  }
  return found;
}

function keyOf(property: SyntaxNode, slice: Slice): string | undefined {
  const name = property.getChild('PropertyName');
  if (!name) return undefined;
  try {
    return JSON.parse(slice(name.from, name.to));
  } catch {
    return undefined;
  }
}

/** The value of a property; undefined while it has none yet. */
function valueOfProperty(property: SyntaxNode): SyntaxNode | undefined {
  for (let child = property.lastChild; child; child = child.prevSibling) {
    if (values.has(child.name)) return child;
  }
  return undefined;
}

/** The way from the root to a node. */
export function pathOf(node: SyntaxNode, slice: Slice): Path {
  const path: (string | number)[] = [];
  for (let at: SyntaxNode | null = node; at; at = at.parent) {
    const parent: SyntaxNode | null = at.parent;
    if (at.name === 'Property') path.unshift(keyOf(at, slice) ?? '');
    else if (parent?.name === 'Array' && values.has(at.name)) {
      const { from } = at;
      path.unshift(items(parent).findIndex((item) => item.from === from));
    }
  }
  return path;
}

/**
 * Where the value of a path written like `tasks[2].name` stands. When it is missing: the nearest value around it that
 * is there, shortened to its beginning.
 */
export function rangeOf(tree: Tree, path: string, slice: Slice): { from: number; to: number } {
  let at: SyntaxNode | null = tree.topNode.firstChild;
  let rest = path;
  while (at && rest !== '') {
    const next: { node: SyntaxNode; rest: string } | undefined = enter(at, rest, slice);
    if (!next) return { from: at.from, to: Math.min(at.to, at.from + 1) };
    at = next.node;
    rest = next.rest;
  }
  return at ? { from: at.from, to: at.name === 'Object' ? at.from + 1 : at.to } : { from: 0, to: 0 };
}

/** One step of the way; keys may contain dots and brackets, so that the longest key that fits is taken. */
function enter(node: SyntaxNode, path: string, slice: Slice): { node: SyntaxNode; rest: string } | undefined {
  const index = /^\[(\d+)\]/.exec(path);
  if (node.name === 'Array' && index) {
    const item = items(node)[Number(index[1])];
    return item && { node: item, rest: trimDot(path.slice(index[0].length)) };
  }
  if (node.name !== 'Object') return undefined;
  const fitting = [...properties(node, slice)]
    .filter(([key]) => path.startsWith(key) && /^($|[.[])/.test(path.slice(key.length)))
    .sort(([a], [b]) => b.length - a.length)[0];
  const value = fitting && valueOfProperty(fitting[1]);
  return value && { node: value, rest: trimDot(path.slice(fitting[0].length)) };
}

function trimDot(path: string): string {
  return path.startsWith('.') ? path.slice(1) : path;
}
