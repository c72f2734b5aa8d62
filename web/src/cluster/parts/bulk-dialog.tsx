import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Select } from '../../ui/field';
import { FormActions } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { type BulkProgress, bulkWords, collectIds, runBulk } from '../bulk';
import { type BulkAction, type BulkOptions, commands, maxBulk } from '../client/commands';
import { findExecutions } from '../client/queries';
import { paths } from '../paths';
import type { ExecutionSearch } from '../search';
import styles from './bulk-dialog.module.css';

/** Executions by their ids, or everything that a search finds. */
export type BulkTarget = { ids: readonly string[] } | { search: ExecutionSearch; total: number };

interface BulkDialogProps {
  action: BulkAction;
  target: BulkTarget;
  /** `finished`: it was done, not only looked at. */
  onClose: (finished: boolean) => void;
}

/** Asks whether something is to be done to so many executions, does it, and tells which of them it failed for. */
export function BulkDialog({ action, target, onClose }: BulkDialogProps) {
  const [options, setOptions] = useState<BulkOptions>();
  const { verb, danger = false, consequence } = bulkWords[action];
  const count = 'ids' in target ? target.ids.length : target.total;
  const what = count === 1 ? '1 execution' : `${count.toLocaleString()} executions`;
  if (options) return <Running action={action} target={target} options={options} onClose={onClose} />;
  return (
    <ConfirmDialog
      open
      danger={danger}
      onOpenChange={(open) => {
        if (!open) onClose(false);
      }}
      title={`${verb} ${what}?`}
      confirm={`${verb} ${what}`}
      {...(action === 'remove' && { typed: String(count) })}
      fields={<Options action={action} />}
      onConfirm={({ reason = '', definition }) => {
        setOptions({
          ...(reason.trim() !== '' && { reason: reason.trim() }),
          ...(definition === 'latest' && { useLatestDefinitions: true }),
        });
        // The dialog is the progress from now on: the question must not close it.
        return new Promise(() => {});
      }}
    >
      {consequence}
    </ConfirmDialog>
  );
}

function Options({ action }: { action: BulkAction }) {
  if (action === 'terminate') {
    return (
      <Field name="reason" label="Reason" optional hint="Stands on the executions for everyone to read.">
        <Input autoComplete="off" />
      </Field>
    );
  }
  if (action === 'restart') {
    return (
      <Field name="definition" label="Definition">
        <Select defaultValue="same">
          <option value="same">As it was at their start</option>
          <option value="latest">The latest</option>
        </Select>
      </Field>
    );
  }
  return null;
}

function Running(props: BulkDialogProps & { options: BulkOptions }) {
  const { action, target, options, onClose } = props;
  const { verb, done } = bulkWords[action];
  const client = useQueryClient();
  const stopped = useRef(false);
  const [stopping, setStopping] = useState(false);
  const [finding, setFinding] = useState(0);
  const [progress, setProgress] = useState<BulkProgress>();
  const [error, setError] = useState<string>();
  const [ended, setEnded] = useState(false);
  const begun = useRef(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is done once, as it was asked for
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const work = async () => {
      const ids = 'ids' in target ? target.ids : await idsOf(target.search, setFinding);
      await runBulk(
        ids,
        (batch) => commands.bulk(action, batch, options),
        setProgress,
        () => stopped.current,
      );
    };
    work()
      .catch((reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)))
      .finally(() => {
        setEnded(true);
        void client.invalidateQueries({ queryKey: ['executions'] });
        void client.invalidateQueries({ queryKey: ['execution'] });
      });
  }, []);

  const failed = [...(progress?.failed ?? [])];
  const good = (progress?.done ?? 0) - failed.length;
  return (
    <Dialog
      open
      sticky={!ended}
      width="wide"
      onOpenChange={(open) => {
        if (!open && ended) onClose(true);
      }}
      title={ended ? `${good.toLocaleString()} ${done}` : `${verb} …`}
    >
      <div className="stack">
        {progress ? (
          <>
            <progress
              className={styles.progress}
              aria-label="Progress"
              max={Math.max(1, progress.total)}
              value={progress.done}
            />
            <p role="status">
              {progress.done.toLocaleString()} of {progress.total.toLocaleString()} handled
              {failed.length > 0 && `, ${failed.length.toLocaleString()} could not be ${done}`}.
              {ended && progress.done < progress.total && !error && ' The rest was left as it is.'}
            </p>
          </>
        ) : (
          !error && <p role="status">Finding them: {finding.toLocaleString()} so far.</p>
        )}
        {error && (
          <Notice kind="failed" title="It stopped">
            {error}
          </Notice>
        )}
        {failed.length > 0 && (
          <ul className={styles.failed} aria-label="Failed">
            {failed.slice(0, shownFailures).map(([id, reason]) => (
              <li key={id}>
                <Link to={paths.execution(id)} target="_blank">
                  <code>{id}</code>
                </Link>
                <span className="muted">{reason}</span>
              </li>
            ))}
            {failed.length > shownFailures && (
              <li className="muted">and {(failed.length - shownFailures).toLocaleString()} more</li>
            )}
          </ul>
        )}
        <FormActions>
          {ended ? (
            <Button kind="primary" onClick={() => onClose(true)}>
              Close
            </Button>
          ) : (
            <Button
              disabledReason={stopping ? 'What is under way comes to its end' : undefined}
              onClick={() => {
                stopped.current = true;
                setStopping(true);
              }}
            >
              Stop
            </Button>
          )}
        </FormActions>
      </div>
    </Dialog>
  );
}

const shownFailures = 200;

/** Everything that was started until now, so that what starts meanwhile neither counts nor shifts the pages. */
function idsOf(search: ExecutionSearch, onFound: (found: number) => void): Promise<string[]> {
  const now = Date.now();
  return collectIds((start) => findExecutions(search, { now, start, size: maxBulk, until: now }), onFound);
}
