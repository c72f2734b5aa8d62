import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { JsonObject } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import type { FieldErrors } from '../../ui/form';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { useToast } from '../../ui/toast';
import { ApiError } from '../client/call';
import { commands } from '../client/commands';
import { taskDefinitionQuery, taskDefinitionsQuery } from '../client/queries';
import type { TaskDef } from '../client/types';
import { taskDefinitionShape } from '../editor/conductor-shapes';
import { ChoiceOf, type Editing, NamesOf, NumberOf, ObjectEditor, TextOf } from '../parts/object-editor';
import { paths } from '../paths';
import { retryText, timeoutText } from '../task-policy';
import { NotFound } from './not-found';

/** Changes the policy of a task. */
export function EditTaskDefinition() {
  const { name = '' } = useParams();
  const query = useQuery({ ...taskDefinitionQuery(name), staleTime: Number.POSITIVE_INFINITY });
  if (query.error instanceof ApiError && query.error.status === 404) {
    return <NotFound what="task definition" name={name} />;
  }
  return (
    <Page
      width="narrow"
      title={`Edit ${name}`}
      description={<Link to={paths.taskDefinition(name)}>Back to the task definition</Link>}
    >
      <Loaded query={query} what="task definition" skeleton={<Skeleton height={640} />}>
        {({ createTime: _, updateTime: __, ...def }) => (
          <Editor known initial={def as unknown as JsonObject} />
        )}
      </Loaded>
    </Page>
  );
}

/** What the server would fill in, said where one can change it. */
const defaults: JsonObject = {
  name: '',
  retryCount: 3,
  retryLogic: 'FIXED',
  retryDelaySeconds: 60,
  timeoutSeconds: 0,
  timeoutPolicy: 'TIME_OUT_WF',
  responseTimeoutSeconds: 3600,
};

/** Registers the policy of a task. */
export function NewTaskDefinition() {
  const [params] = useSearchParams();
  return (
    <Page
      width="narrow"
      title="New task definition"
      description="How tasks of a name are retried, when they time out, and how many are worked on at a time."
    >
      <Editor known={false} initial={{ ...defaults, name: params.get('name') ?? '' }} />
    </Page>
  );
}

function Editor({ known, initial }: { known: boolean; initial: JsonObject }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const all = useQuery(taskDefinitionsQuery);
  return (
    <ObjectEditor
      what="Task definition"
      initial={initial}
      shape={taskDefinitionShape}
      validate={({ name }): FieldErrors => {
        if (typeof name !== 'string' || name.trim() === '') return { name: 'Enter the name of the task.' };
        if (known) return name === initial.name ? {} : { name: 'stays; register another task definition' };
        return all.data?.some((def) => def.name === name) ? { name: 'is taken; edit that one instead' } : {};
      }}
      fields={(editing) => <Fields editing={editing} known={known} />}
      aside={(value) => <InWords value={value} />}
      save={known ? commands.updateTaskDefinition : commands.addTaskDefinition}
      onSaved={({ name }) => {
        void client.invalidateQueries({ queryKey: ['task-definitions'] });
        toast({ kind: 'success', title: `${name} saved` });
        void navigate(paths.taskDefinition(String(name)));
      }}
    />
  );
}

function Fields({ editing, known }: { editing: Editing; known: boolean }) {
  return (
    <>
      <TextOf
        editing={editing}
        name="name"
        label="Name"
        readOnly={known}
        hint={known ? 'Workflows and workers know it by its name, which stays.' : 'Workers poll for it.'}
      />
      <TextOf editing={editing} name="ownerEmail" label="Owner" optional hint="An e-mail address." />
      <div className="whole">
        <TextOf editing={editing} name="description" label="Description" optional />
      </div>
      <NumberOf editing={editing} name="retryCount" label="Retries" />
      <ChoiceOf
        editing={editing}
        name="retryLogic"
        label="Delay between retries"
        options={{
          FIXED: 'Always the same',
          LINEAR_BACKOFF: 'Longer by as much each time',
          EXPONENTIAL_BACKOFF: 'Twice as long each time',
        }}
      />
      <NumberOf editing={editing} name="retryDelaySeconds" label="First delay" unit="seconds" />
      <NumberOf
        editing={editing}
        name="maxRetryDelaySeconds"
        label="Longest delay"
        unit="seconds"
        optional
        hint="0: no bound."
      />
      <NumberOf
        editing={editing}
        name="responseTimeoutSeconds"
        label="Worker must answer within"
        unit="seconds"
        hint="A worker that is silent for longer has lost the task."
      />
      <NumberOf
        editing={editing}
        name="pollTimeoutSeconds"
        label="Must be polled within"
        unit="seconds"
        optional
      />
      <NumberOf
        editing={editing}
        name="timeoutSeconds"
        label="One attempt"
        unit="seconds"
        hint="0: no limit."
      />
      <ChoiceOf
        editing={editing}
        name="timeoutPolicy"
        label="At a timeout"
        options={{ TIME_OUT_WF: 'End the workflow', RETRY: 'Try again', ALERT_ONLY: 'Only note it' }}
      />
      <NumberOf
        editing={editing}
        name="totalTimeoutSeconds"
        label="All attempts together"
        unit="seconds"
        optional
      />
      <NumberOf
        editing={editing}
        name="concurrentExecLimit"
        label="At the same time"
        unit="tasks"
        optional
        hint="Left empty: no limit."
      />
      <NumberOf
        editing={editing}
        name="rateLimitPerFrequency"
        label="Handed out per period"
        unit="tasks"
        optional
        hint="0: no limit."
      />
      <NumberOf editing={editing} name="rateLimitFrequencyInSeconds" label="Period" unit="seconds" optional />
      <NamesOf
        editing={editing}
        name="inputKeys"
        label="Inputs"
        optional
        hint="Names, with commas between."
      />
      <NamesOf
        editing={editing}
        name="outputKeys"
        label="Outputs"
        optional
        hint="Names, with commas between."
      />
    </>
  );
}

/** What the figures come to, read out before they are saved. */
function InWords({ value }: { value: JsonObject }) {
  const number = (name: string) => (typeof value[name] === 'number' ? value[name] : 0);
  const def = {
    ...(value as unknown as TaskDef),
    retryCount: number('retryCount'),
    retryDelaySeconds: number('retryDelaySeconds'),
    timeoutSeconds: number('timeoutSeconds'),
    responseTimeoutSeconds: number('responseTimeoutSeconds'),
  };
  return (
    <p className="muted">
      In words: retries {retryText(def)}; times out {timeoutText(def)}.
    </p>
  );
}
