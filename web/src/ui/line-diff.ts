import { diffLines } from 'diff';

/** One line of two texts laid over each other. */
export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  text: string;
  /** Line numbers from 1 in the old and in the new text. */
  before?: number;
  after?: number;
}

/** Lines to show, or as many that are left out because nothing changed there. */
export type DiffPart = { lines: DiffLine[] } | { hidden: DiffLine[] };

/** The lines of two texts, the removed before the added. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let old = 0;
  let now = 0;
  for (const { value, added, removed } of diffLines(before, after)) {
    for (const text of value.replace(/\n$/, '').split('\n')) {
      if (added) lines.push({ kind: 'added', text, after: ++now });
      else if (removed) lines.push({ kind: 'removed', text, before: ++old });
      else lines.push({ kind: 'same', text, before: ++old, after: ++now });
    }
  }
  return lines;
}

/** Leaves out long stretches without changes, but for `context` lines around each change. */
export function folded(lines: readonly DiffLine[], context = 3): DiffPart[] {
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - context), i + context + 1).some((line) => line.kind !== 'same'),
  );
  const parts: DiffPart[] = [];
  for (const [i, line] of lines.entries()) {
    const last = parts.at(-1);
    if (near[i]) {
      if (last && 'lines' in last) last.lines.push(line);
      else parts.push({ lines: [line] });
    } else if (last && 'hidden' in last) last.hidden.push(line);
    else parts.push({ hidden: [line] });
  }
  // A fold of one line takes as much room as the line.
  return parts.map((part) => ('hidden' in part && part.hidden.length === 1 ? { lines: part.hidden } : part));
}
