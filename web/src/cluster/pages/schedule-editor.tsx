import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { JsonObject } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import type { FieldErrors } from '../../ui/form';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { useToast } from '../../ui/toast';
import { ApiError } from '../client/call';
import { commands } from '../client/commands';
import { allVersionsQuery, scheduleQuery, schedulesQuery } from '../client/queries';
import type { Schedule } from '../client/types';
import { cronExamples, ownZone, zones } from '../cron';
import { scheduleShape } from '../editor/conductor-shapes';
import { NextTimes } from '../parts/next-times';
import {
  ChoiceOf,
  type Editing,
  MomentOf,
  NumberOf,
  ObjectEditor,
  ObjectOf,
  TextOf,
  within,
  YesNoOf,
} from '../parts/object-editor';
import { paths } from '../paths';
import { NotFound } from './not-found';
import styles from './schedule-editor.module.css';

/** Changes a schedule. */
export function EditSchedule() {
  const { name = '' } = useParams();
  const query = useQuery({ ...scheduleQuery(name), staleTime: Number.POSITIVE_INFINITY });
  if (query.error instanceof ApiError && query.error.status === 404) {
    return <NotFound what="schedule" name={name} />;
  }
  return (
    <Page
      width="narrow"
      title={`Edit ${name}`}
      description={<Link to={paths.schedule(name)}>Back to the schedule</Link>}
    >
      <Loaded query={query} what="schedule" skeleton={<Skeleton height={640} />}>
        {({ createTime: _, updatedTime: __, nextRunTime: ___, ...schedule }) => (
          <Editor known initial={schedule as unknown as JsonObject} />
        )}
      </Loaded>
    </Page>
  );
}

/** Registers a schedule. */
export function NewSchedule() {
  const [params] = useSearchParams();
  return (
    <Page width="narrow" title="New schedule" description="Starts a workflow at the times that you name.">
      <Editor
        known={false}
        initial={{
          name: '',
          cronExpression: '0 0 3 * * *',
          zoneId: ownZone(),
          startWorkflowRequest: { name: params.get('workflow') ?? '', input: {} },
        }}
      />
    </Page>
  );
}

function Editor({ known, initial }: { known: boolean; initial: JsonObject }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const all = useQuery(schedulesQuery);
  return (
    <ObjectEditor
      what="Schedule"
      initial={initial}
      shape={scheduleShape}
      validate={(value): FieldErrors => {
        const { name, startWorkflowRequest } = value as unknown as Partial<Schedule>;
        if (!name?.trim()) return { name: 'Enter a name.' };
        if (known && name !== initial.name) return { name: 'stays; make another schedule' };
        if (!known && all.data?.some((each) => each.name === name)) return { name: 'is taken' };
        if (!startWorkflowRequest?.name?.trim())
          return { 'startWorkflowRequest.name': 'Choose the workflow that it starts.' };
        return {};
      }}
      fields={(editing) => <Fields editing={editing} known={known} />}
      save={commands.saveSchedule}
      onSaved={({ name }) => {
        void client.invalidateQueries({ queryKey: ['schedules'] });
        toast({ kind: 'success', title: `${name} saved` });
        void navigate(paths.schedule(String(name)));
      }}
    />
  );
}

function Fields({ editing, known }: { editing: Editing; known: boolean }) {
  const names = useQuery(allVersionsQuery);
  const list = useId();
  const start = within(editing, 'startWorkflowRequest');
  const textOf = (name: string) => (typeof editing.value[name] === 'string' ? editing.value[name] : '');
  const zone = textOf('zoneId') || 'UTC';
  const several = Array.isArray(editing.value.cronSchedules) && editing.value.cronSchedules.length > 0;
  return (
    <>
      <TextOf
        editing={editing}
        name="name"
        label="Name"
        readOnly={known}
        {...(known && { hint: 'The name stays.' })}
      />
      <TextOf editing={editing} name="description" label="Description" optional />
      {several ? (
        <p className="muted whole">This schedule has several cron expressions; they are edited as JSON.</p>
      ) : (
        <>
          <TextOf
            editing={editing}
            name="cronExpression"
            label="Cron expression"
            hint="Seconds, minutes, hours, day, month, weekday."
          />
          <ChoiceOf
            editing={editing}
            name="zoneId"
            label="Time zone"
            options={Object.fromEntries([...new Set([zone, ...zones()])].map((each) => [each, each]))}
          />
          <div className={`whole ${styles.examples}`}>
            {cronExamples.map(([expression, words]) => (
              <Button key={expression} size="small" onClick={() => editing.set('cronExpression', expression)}>
                {words}
              </Button>
            ))}
          </div>
          <div className="whole">
            <NextTimes clock={{ cronExpression: textOf('cronExpression'), zoneId: zone }} />
          </div>
        </>
      )}
      <TextOf editing={start} name="name" label="Workflow" list={list} />
      <datalist id={list}>
        {Object.keys(names.data ?? {}).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <NumberOf editing={start} name="version" label="Version" optional hint="Left empty: the latest." />
      <div className="whole">
        <ObjectOf editing={start} name="input" label="Input" optional />
      </div>
      <TextOf editing={start} name="correlationId" label="Correlation id" optional />
      <YesNoOf
        editing={editing}
        name="runCatchupScheduleInstances"
        label="Make up for missed times"
        hint="After the cluster was away."
      />
      <MomentOf editing={editing} name="scheduleStartTime" label="Not before" optional hint="In your zone." />
      <MomentOf editing={editing} name="scheduleEndTime" label="Not after" optional hint="In your zone." />
    </>
  );
}
