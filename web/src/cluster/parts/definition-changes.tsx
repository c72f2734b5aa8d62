import { ArrowRightLeft, type LucideIcon, Minus, Pencil, Plus, Settings2 } from 'lucide-react';
import { useMemo } from 'react';
import { Link } from 'react-router';
import type { WorkflowDef } from '../../conductor/types';
import { typeWord } from '../../graph';
import { TextChanges } from '../../ui/text-changes';
import { type Change, compareDefinitions } from '../definition-diff';
import { definitionText } from '../definition-text';
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
  return (
    <TextChanges label="Changes in the JSON" before={definitionText(before)} after={definitionText(after)} />
  );
}
