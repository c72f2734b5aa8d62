import { Dialog } from '../../ui/dialog';
import { TextChanges } from '../../ui/text-changes';
import { exactTime } from '../../ui/time-text';
import type { AuditEntry } from '../api/client';
import styles from '../pages/audit.module.css';

/** All that an entry says, with what it changed. */
export function AuditEntryDialog({ entry, onClose }: { entry: AuditEntry | undefined; onClose: () => void }) {
  return (
    <Dialog
      open={entry !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={entry?.action ?? ''}
      width="wide"
    >
      {entry !== undefined && <Details entry={entry} />}
    </Dialog>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const facts: [string, string | undefined][] = [
    ['Who', entry.actor ?? 'Podium'],
    ['From', entry.address],
    ['Signed in with', entry.credential],
    ['To', entry.target],
    ['When', exactTime(new Date(entry.at).getTime())],
    ['Outcome', entry.outcome === 'refused' ? 'Refused' : 'Done'],
    ['Why', entry.reason],
    ['Call', entry.requestId],
    ['Place in the log', String(entry.sequence)],
    ['Fingerprint', entry.hash],
  ];
  return (
    <div className="stack">
      <dl className={styles.facts}>
        {facts.map(([name, value]) => value !== undefined && <Fact key={name} name={name} value={value} />)}
      </dl>
      {(entry.before !== undefined || entry.after !== undefined) && (
        <TextChanges label="Before and after" before={textOf(entry.before)} after={textOf(entry.after)} />
      )}
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** One line for each field, so that those which changed stand out. */
function textOf(state: AuditEntry['before']): string {
  return state === undefined ? '' : `${JSON.stringify(state, null, 2)}\n`;
}
