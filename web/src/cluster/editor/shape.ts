/**
 * What JSON of a kind may hold, for completion and for hints while one types. The server has the last word. Entries of a list
 * may begin as one of its templates, or, with catalog, as one of those that the cluster knows.
 */
export type Shape =
  | { kind: 'text'; values?: readonly string[] }
  | { kind: 'number' | 'boolean' | 'any' }
  | { kind: 'object'; fields: () => Readonly<Record<string, Field>> }
  | { kind: 'list'; of: Shape; templates?: readonly Template[]; catalog?: true }
  | { kind: 'map'; of: Shape };

export interface Field {
  shape: Shape;
  /** What it is for, in a line. */
  info: string;
}

/** A piece of JSON to begin with; `#{}` and `#{word}` are the places to fill in. */
export interface Template {
  name: string;
  info: string;
  text: string;
}

/** Keys and positions that lead from the root to a value. */
export type Path = readonly (string | number)[];

/** The shape of the value at a path; undefined where none is known. */
export function shapeAt(root: Shape, path: Path): Shape | undefined {
  let shape: Shape | undefined = root;
  for (const step of path) {
    if (shape?.kind === 'object' && typeof step === 'string') shape = shape.fields()[step]?.shape;
    else if (shape?.kind === 'map' && typeof step === 'string') shape = shape.of;
    else if (shape?.kind === 'list' && typeof step === 'number') shape = shape.of;
    else return undefined;
  }
  return shape;
}

/** A path as errors of the API write it: `tasks[2].decisionCases.KR[0].name`. */
export function pathText(path: Path): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${step}`))
    .join('');
}

/** What is wrong with a value by its shape alone; undefined if nothing is. Expressions stand for any value. */
export function misfit(value: unknown, shape: Shape): string | undefined {
  if (value === null || shape.kind === 'any') return undefined;
  if (typeof value === 'string' && shape.kind !== 'text' && value.includes('${')) return undefined;
  switch (shape.kind) {
    case 'text':
      if (typeof value !== 'string') return 'must be a text';
      return undefined;
    case 'number':
    case 'boolean':
      return typeof value === shape.kind ? undefined : `must be a ${shape.kind}`;
    case 'list':
      return Array.isArray(value) ? undefined : 'must be a list';
    default:
      return typeof value === 'object' && !Array.isArray(value) ? undefined : 'must be an object';
  }
}
