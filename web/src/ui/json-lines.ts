/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One visible line of a JSON tree. */
export interface JsonLine {
  /** Address of the value, unique in the tree; JSON of the keys from the root. */
  path: string;
  depth: number;
  key?: string | number;
  kind: 'leaf' | 'open' | 'folded' | 'close' | 'more';
  /** Text of a leaf, the brackets of the others, or the count of what is left out. */
  text: string;
  /** Type of a leaf, for its colour. */
  type?: 'string' | 'number' | 'boolean' | 'null';
  comma: boolean;
}

/** Children that an unfolded container shows at first; "more" adds as many again. */
export const pageSize = 100;

/** Longest text of a string shown in a line, in characters. */
const longest = 600;

/** What the viewer unfolded: how many children each open container shows, by path. */
export type Unfolded = ReadonlyMap<string, number>;

/** The address of a child. */
export function childPath(path: string, key: string | number): string {
  return path === '' ? JSON.stringify(key) : `${path},${JSON.stringify(key)}`;
}

/**
 * The lines to draw. Only what is unfolded is walked, so the cost follows what is seen and not the size of the value.
 */
export function jsonLines(value: Json, unfolded: Unfolded): JsonLine[] {
  const lines: JsonLine[] = [];
  walk(value, { path: '', depth: 0, comma: false }, unfolded, lines);
  return lines;
}

interface Place {
  path: string;
  depth: number;
  key?: string | number;
  comma: boolean;
}

function walk(value: Json, place: Place, unfolded: Unfolded, lines: JsonLine[]) {
  if (value === null || typeof value !== 'object') {
    lines.push({ ...place, kind: 'leaf', ...leaf(value) });
    return;
  }
  const [left, right] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const size = sizeOf(value);
  if (size === 0) {
    lines.push({ ...place, kind: 'leaf', text: left + right });
    return;
  }
  const shown = unfolded.get(place.path);
  if (shown === undefined) {
    lines.push({ ...place, kind: 'folded', text: `${left}${countText(value, size)}${right}` });
    return;
  }
  lines.push({ ...place, comma: false, kind: 'open', text: left });
  const depth = place.depth + 1;
  let index = 0;
  for (const [key, child] of childrenOf(value)) {
    if (index === shown) break;
    walk(child, { path: childPath(place.path, key), depth, key, comma: index < size - 1 }, unfolded, lines);
    index += 1;
  }
  if (shown < size) {
    lines.push({ path: place.path, depth, kind: 'more', text: `${size - shown} more`, comma: false });
  }
  lines.push({ ...place, key: undefined, kind: 'close', text: right });
}

function sizeOf(value: Json[] | { [key: string]: Json }): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

function* childrenOf(value: Json[] | { [key: string]: Json }): Generator<[string | number, Json]> {
  if (Array.isArray(value)) yield* value.entries();
  else yield* Object.entries(value);
}

function countText(value: Json, size: number): string {
  if (Array.isArray(value)) return size === 1 ? '1 item' : `${size} items`;
  return size === 1 ? '1 key' : `${size} keys`;
}

function leaf(value: null | boolean | number | string): Pick<JsonLine, 'text' | 'type'> {
  if (typeof value !== 'string') {
    return { text: String(value), type: value === null ? 'null' : (typeof value as 'boolean' | 'number') };
  }
  const cut = value.length > longest ? `${value.slice(0, longest)}… (${value.length} characters)` : value;
  return { text: JSON.stringify(cut), type: 'string' };
}

/** Containers from the root down to `depth`, unfolded, as far as they are small enough to read. */
export function unfoldTo(value: Json, depth: number): Unfolded {
  const unfolded = new Map<string, number>();
  const visit = (node: Json, path: string, level: number) => {
    if (node === null || typeof node !== 'object' || level >= depth) return;
    if (path !== '' && sizeOf(node) > pageSize) return;
    unfolded.set(path, pageSize);
    let index = 0;
    for (const [key, child] of childrenOf(node)) {
      if (index === pageSize) break; // The rest is not seen until it is asked for.
      visit(child, childPath(path, key), level + 1);
      index += 1;
    }
  };
  visit(value, '', 0);
  return unfolded;
}

/** A place where a search text occurs. */
export interface JsonMatch {
  path: string;
  /** Containers on the way, with the child's position in each: what to unfold to see it. */
  way: { path: string; index: number }[];
}

/** Finds keys and values that contain the text, case-insensitively, in document order; stops after `limit`. */
export function searchJson(value: Json, text: string, limit = 1000): JsonMatch[] {
  const wanted = text.toLowerCase();
  const matches: JsonMatch[] = [];
  const visit = (node: Json, path: string, key: string | undefined, way: JsonMatch['way']) => {
    if (matches.length >= limit) return;
    const container = node !== null && typeof node === 'object';
    const here =
      key?.toLowerCase().includes(wanted) || (!container && String(node).toLowerCase().includes(wanted));
    if (here) matches.push({ path, way });
    if (!container) return;
    let index = 0;
    for (const [name, child] of childrenOf(node)) {
      visit(child, childPath(path, name), typeof name === 'string' ? name : undefined, [
        ...way,
        { path, index },
      ]);
      index += 1;
    }
  };
  if (wanted !== '') visit(value, '', undefined, []);
  return matches;
}

/** Unfolds the way to a match in addition to what is unfolded. */
export function reveal(unfolded: Unfolded, match: JsonMatch): Unfolded {
  const next = new Map(unfolded);
  for (const { path, index } of match.way) {
    const pages = Math.floor(index / pageSize) + 1;
    next.set(path, Math.max(next.get(path) ?? 0, pages * pageSize));
  }
  return next;
}
