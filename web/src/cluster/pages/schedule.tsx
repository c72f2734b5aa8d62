import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CirclePause, CirclePlay, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Field, Input } from '../../ui/field';
import { JsonView } from '../../ui/json-view';
import { Page } from '../../ui/layout';
import { Notice, Skeleton } from '../../ui/placeholder';
import { type StateKind, StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { ApiError } from '../client/call';
import { commands } from '../client/commands';
import { scheduleQuery, scheduleRunsQuery } from '../client/queries';
import type { Schedule, ScheduleRun } from '../client/types';
import { AllowedLink } from '../parts/allowed-link';
import { NextTimes } from '../parts/next-times';
import { useRights } from '../parts/require-access';
import { paths } from '../paths';
import { needs } from '../rights';
import { clocksOf } from '../schedules';
import { NotFound } from './not-found';
import styles from './schedule.module.css';
import { ScheduleBadge } from './schedules';

/** One schedule: when it comes due, what it starts, and what came of it. */
export function SchedulePage() {
  const { name = '' } = useParams();
  const query = useQuery(scheduleQuery(name));
  if (query.error instanceof ApiError && query.error.status === 404) {
    return <NotFound what="schedule" name={name} />;
  }
  const { data } = query;
  return (
    <Page
      title={name}
      badge={data && <ScheduleBadge schedule={data} />}
      description={data?.description || 'Schedule'}
      actions={data && <Actions schedule={data} />}
    >
      <Loaded query={query} what="schedule" skeleton={<Skeleton height={320} />}>
        {(schedule) => <Facts schedule={schedule} />}
      </Loaded>
      <Runs name={name} />
    </Page>
  );
}

function Facts({ schedule }: { schedule: Schedule }) {
  const { paused, pausedReason, startWorkflowRequest: start } = schedule;
  const { scheduleStartTime: from, scheduleEndTime: to, runCatchupScheduleInstances: catchUp } = schedule;
  return (
    <>
      {paused && (
        <Notice kind="warning" title="It is paused">
          {pausedReason || 'It starts nothing until it is resumed.'}
        </Notice>
      )}
      <div className={styles.cards}>
        <Card title="When">
          <div className="stack">
            {clocksOf(schedule).map((clock) => (
              <div key={`${clock.cronExpression} ${clock.zoneId}`}>
                <code>{clock.cronExpression}</code>
                <NextTimes clock={clock} />
              </div>
            ))}
            {from ? (
              <p>
                Not before <RelativeTime at={from} />.
              </p>
            ) : null}
            {to ? (
              <p>
                Not after <RelativeTime at={to} />.
              </p>
            ) : null}
            <p className="muted">
              {catchUp
                ? 'Times that were missed are made up for, one after the other.'
                : 'Times that were missed are left out.'}
            </p>
          </div>
        </Card>
        <Card title="What">
          <div className="stack">
            <p>
              Starts{' '}
              {start?.name ? (
                <Link to={paths.definition(start.name, start.version)}>{start.name}</Link>
              ) : (
                'nothing'
              )}
              , {start?.version ? `version ${start.version}` : 'the latest version'}
              {start?.correlationId && (
                <>
                  , as <code>{start.correlationId}</code>
                </>
              )}
              .
            </p>
            <JsonView value={start?.input ?? {}} label="input" maxHeight={260} />
          </div>
        </Card>
      </div>
    </>
  );
}

function Actions({ schedule: { name, paused = false } }: { schedule: Schedule }) {
  const [asked, setAsked] = useState<'pause' | 'delete'>();
  const rights = useRights();
  const pausing = rights.lacks(needs.pauseSchedules);
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const refresh = () => client.invalidateQueries({ queryKey: ['schedules'] });
  const close = () => setAsked(undefined);
  async function resume() {
    try {
      await commands.resumeSchedule(name);
      toast({ kind: 'success', title: `${name} resumed` });
    } catch (error) {
      toast({
        kind: 'failed',
        title: `${name} was not resumed`,
        detail: error instanceof Error ? error.message : String(error),
      });
    }
    await refresh();
  }
  return (
    <>
      {paused ? (
        <Button icon={<CirclePlay aria-hidden />} disabledReason={pausing} onClick={() => void resume()}>
          Resume
        </Button>
      ) : (
        <Button icon={<CirclePause aria-hidden />} disabledReason={pausing} onClick={() => setAsked('pause')}>
          Pause
        </Button>
      )}
      <Button
        icon={<Trash2 aria-hidden />}
        disabledReason={rights.lacks(needs.schedules)}
        onClick={() => setAsked('delete')}
      >
        Delete
      </Button>
      <AllowedLink to={paths.editSchedule(name)} need={needs.schedules} icon={<Pencil aria-hidden />}>
        Edit
      </AllowedLink>
      <ConfirmDialog
        open={asked === 'pause'}
        onOpenChange={close}
        title={`Pause ${name}?`}
        confirm="Pause"
        fields={
          <Field name="reason" label="Reason" optional hint="Stands on the schedule for everyone to read.">
            <Input autoComplete="off" />
          </Field>
        }
        onConfirm={async ({ reason = '' }) => {
          await commands.pauseSchedule(name, reason.trim());
          toast({ kind: 'success', title: `${name} paused` });
          await refresh();
        }}
      >
        It starts nothing until it is resumed. Executions that it has started run on.
      </ConfirmDialog>
      <ConfirmDialog
        open={asked === 'delete'}
        onOpenChange={close}
        danger
        title={`Delete the schedule ${name}?`}
        confirm="Delete"
        onConfirm={async () => {
          await commands.deleteSchedule(name);
          toast({ kind: 'success', title: `${name} deleted` });
          void navigate(paths.schedules);
          await refresh();
        }}
      >
        It starts nothing any more. Executions that it has started run on and stay.
      </ConfirmDialog>
    </>
  );
}

function Runs({ name }: { name: string }) {
  const query = useQuery(scheduleRunsQuery(name));
  return (
    <Card title="Runs" description="The latest times that it came due, and what they started." flush>
      <Loaded query={query} what="runs" skeleton={<Skeleton height={160} />}>
        {({ results }) => (
          <Table
            label="Runs"
            columns={runColumns}
            rows={results}
            rowKey={(run) => run.executionId}
            empty={<p className={styles.none}>It has not come due yet.</p>}
          />
        )}
      </Loaded>
    </Card>
  );
}

const runStates: Record<ScheduleRun['state'], { kind: StateKind; word: string }> = {
  POLLED: { kind: 'pending', word: 'Due' },
  EXECUTED: { kind: 'success', word: 'Started' },
  FAILED: { kind: 'failed', word: 'Failed' },
};

const runColumns: Column<ScheduleRun>[] = [
  {
    key: 'due',
    title: 'Due',
    width: '140px',
    render: (run) => <RelativeTime at={run.scheduledTime} />,
  },
  {
    key: 'state',
    title: 'State',
    width: '120px',
    render: ({ state }) => {
      const look = runStates[state] ?? { kind: 'pending', word: state };
      return <StatusBadge kind={look.kind}>{look.word}</StatusBadge>;
    },
  },
  {
    key: 'execution',
    title: 'Execution',
    render: ({ workflowId, workflowName, reason }) =>
      workflowId ? (
        <Link to={paths.execution(workflowId)}>
          {workflowName || 'execution'} {workflowId.slice(-8)}
        </Link>
      ) : (
        <span className={styles.reason}>{reason}</span>
      ),
  },
];
