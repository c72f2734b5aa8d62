import { useMemo, useState } from 'react';
import { type DiffLine, folded, lineDiff } from './line-diff';
import styles from './text-changes.module.css';

/** Two texts laid over each other, line by line; what did not change is folded. */
export function TextChanges({ label, before, after }: { label: string; before: string; after: string }) {
  const parts = useMemo(() => folded(lineDiff(before, after)), [before, after]);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={styles.json} aria-label={label} tabIndex={0}>
      {parts.map((part, i) => {
        if ('lines' in part || opened.has(i)) {
          const lines = 'lines' in part ? part.lines : part.hidden;
          return lines.map((line) => <Line key={`${line.kind} ${line.before} ${line.after}`} line={line} />);
        }
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
            key={i}
            type="button"
            className={styles.fold}
            onClick={() => setOpened(new Set(opened).add(i))}
          >
            {part.hidden.length} unchanged lines
          </button>
        );
      })}
    </section>
  );
}

const signs: Record<DiffLine['kind'], string> = { same: ' ', added: '+', removed: '−' };

function Line({ line }: { line: DiffLine }) {
  return (
    <div className={styles.line} data-kind={line.kind}>
      <span className={styles.number}>{line.before}</span>
      <span className={styles.number}>{line.after}</span>
      <span className={styles.sign}>{signs[line.kind]}</span>
      <span className={styles.text}>{line.text}</span>
    </div>
  );
}
