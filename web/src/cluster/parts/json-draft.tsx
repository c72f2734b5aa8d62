import { lazy, Suspense, useState } from 'react';
import { Skeleton } from '../../ui/placeholder';
import { StateIcon } from '../../ui/status';
import type { Violation } from '../client/call';
import type { JsonEditorProps } from '../editor/json-editor';
import styles from './json-draft.module.css';

const JsonEditor = lazy(async () => ({ default: (await import('../editor/json-editor')).JsonEditor }));

export interface JsonDraftProps extends Omit<JsonEditorProps, 'violations'> {
  /** How the present text stands. */
  verdict: Verdict;
}

/** What is known of a text: whether it is a JSON object, what is wrong with it, or that the server would take it. */
export type Verdict =
  | { kind: 'unread' | 'readable' | 'asking' | 'good' }
  | { kind: 'bad'; violations: readonly Violation[] }
  | { kind: 'unknown'; reason: string };

const none: readonly Violation[] = [];

/** JSON that is being written, and under it what is wrong; a problem leads to its place. */
export function JsonDraft({ verdict, shown, ...editor }: JsonDraftProps) {
  const [sought, setSought] = useState<{ path: string }>();
  const violations = verdict.kind === 'bad' ? verdict.violations : none;
  const latest = useNewer(sought, shown);
  return (
    <div className={styles.draft}>
      <div className={styles.text}>
        <Suspense fallback={<Skeleton height="100%" />}>
          <JsonEditor {...editor} violations={violations} shown={latest} />
        </Suspense>
      </div>
      <div className={styles.verdict}>
        <Words verdict={verdict} />
        {violations.length > 0 && (
          <ul aria-label="Problems">
            {violations.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                <button type="button" onClick={() => setSought({ path })}>
                  {path && <code>{path}</code>} {message}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

type Shown = JsonDraftProps['shown'];

/** Whichever of two places was asked for last. */
function useNewer(a: Shown, b: Shown): Shown {
  const [last, setLast] = useState<{ a: Shown; b: Shown; shown: Shown }>({ a, b, shown: a ?? b });
  if (last.a === a && last.b === b) return last.shown;
  const shown = last.a === a ? b : a;
  setLast({ a, b, shown });
  return shown;
}

function Words({ verdict }: { verdict: Verdict }) {
  switch (verdict.kind) {
    case 'unread':
      return (
        <p role="status">
          <StateIcon kind="failed" size={14} /> This is not a JSON object yet.
        </p>
      );
    case 'readable':
      return (
        <p role="status">
          <StateIcon kind="pending" size={14} /> The cluster checks it when it is saved.
        </p>
      );
    case 'asking':
      return (
        <p role="status">
          <StateIcon kind="pending" size={14} /> Checking …
        </p>
      );
    case 'good':
      return (
        <p role="status">
          <StateIcon kind="success" size={14} /> The cluster would take this.
        </p>
      );
    case 'unknown':
      return (
        <p role="status">
          <StateIcon kind="warning" size={14} /> It could not be checked: {verdict.reason}
        </p>
      );
    case 'bad':
      return (
        <p role="status">
          <StateIcon kind="failed" size={14} />
          {verdict.violations.length === 1 ? ' One problem:' : ` ${verdict.violations.length} problems:`}
        </p>
      );
  }
}
