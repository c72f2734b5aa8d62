import { ArrowRightLeft, type LucideIcon, Minus, Pencil, Plus, Settings2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import type { WorkflowDef } from '../../conductor/types';
import { typeWord } from '../../graph';
import { type Change, compareDefinitions } from '../definition-diff';
import { definitionText } from '../definition-text';
import { type DiffLine, folded, lineDiff } from '../line-diff';
import { paths } from '../paths';
import styles from './definition-changes.module.css';

const looks: Record<Change['kind'], { icon: LucideIcon; word: string }> = {
  added: { icon: Plus, word: 'Added' },
  removed: { icon: Minus, word: 'Removed' },
  moved: { icon: ArrowRightLeft, word: 'Moved' },
  changed: { icon: Pencil, word: 'Changed' },
  setting: { icon: Settings2, word: 'Setting' },
};

interface Versions {
  before: WorkflowDef;
  after: WorkflowDef;
}

/** What changed, task by task. `linked`: tasks lead to their places in the graph. */
export function ChangeList({ before, after, linked = false }: Versions & { linked?: boolean }) {
  const changes = useMemo(() => compareDefinitions(before, after), [before, after]);
  if (changes.length === 0) return <p className="muted">Nothing changed.</p>;
  return (
    <ul className={styles.changes} aria-label="Changes">
      {changes.map((change) => {
        const { icon: Icon, word } = looks[change.kind];
        return (
          <li key={`${change.kind} ${change.kind === 'setting' ? change.field : change.reference}`}>
            <span className={styles.kind} data-kind={change.kind}>
              <Icon size={14} aria-hidden />
              {word}
            </span>
            <span className={styles.what}>
              {change.kind === 'setting' ? (
                <code>{change.field}</code>
              ) : (
                <>
                  <Task change={change} before={before} after={after} linked={linked} />{' '}
                  <span className="muted">{detail(change)}</span>
                </>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Task(props: Versions & { change: Exclude<Change, { kind: 'setting' }>; linked: boolean }) {
  const { change, before, after, linked } = props;
  if (!linked) return <code>{change.reference}</code>;
  const at = change.kind === 'removed' ? before : after;
  return (
    <Link to={paths.definition(at.name, at.version, 'graph', change.reference)}>{change.reference}</Link>
  );
}

function detail(change: Exclude<Change, { kind: 'setting' }>): string {
  const place = change.where === '' ? '' : `in ${change.where}`;
  switch (change.kind) {
    case 'changed':
      return change.fields.join(', ');
    case 'moved':
      if (change.from === change.where) return `to another place ${place || 'at the top'}`;
      return `from ${change.from || 'the top'} to ${change.where || 'the top'}`;
    default:
      return [typeWord(change.type), place].filter(Boolean).join(', ');
  }
}

/** Both versions as JSON, laid over each other; what did not change is folded. */
export function JsonChanges({ before, after }: Versions) {
  const parts = useMemo(
    () => folded(lineDiff(definitionText(before), definitionText(after))),
    [before, after],
  );
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={styles.json} aria-label="Changes in the JSON" tabIndex={0}>
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
