import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useId, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import type { Json, JsonObject } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import type { FieldErrors } from '../../ui/form';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { allVersionsQuery, eventHandlersQuery } from '../client/queries';
import { eventHandlerShape } from '../editor/conductor-shapes';
import { actionWords } from '../event-actions';
import {
  ChoiceOf,
  type Editing,
  NumberOf,
  ObjectEditor,
  ObjectOf,
  TextOf,
  within,
  YesNoOf,
} from '../parts/object-editor';
import { useRights } from '../parts/require-access';
import { paths } from '../paths';
import { needs } from '../rights';
import styles from './event-handler.module.css';
import { NotFound } from './not-found';

/** Shows and changes an event handler. */
export function EventHandlerPage() {
  const { name = '' } = useParams();
  const query = useQuery({ ...eventHandlersQuery, staleTime: 0 });
  const handler = query.data?.find((each) => each.name === name);
  if (query.data && !handler && !query.isFetching) return <NotFound what="event handler" name={name} />;
  return (
    <Page
      width="narrow"
      title={name}
      description={<Link to={paths.eventHandlers}>All event handlers</Link>}
      actions={handler && <Delete name={name} />}
    >
      <Loaded query={query} what="event handler" skeleton={<Skeleton height={640} />}>
        {() => handler && <Editor known initial={handler as unknown as JsonObject} />}
      </Loaded>
    </Page>
  );
}

/** Registers an event handler. */
export function NewEventHandler() {
  return (
    <Page
      width="narrow"
      title="New event handler"
      description="Listens to a queue, and does something when a message comes."
    >
      <Editor known={false} initial={{ name: '', event: '', active: true, actions: [newAction] }} />
    </Page>
  );
}

const newAction: JsonObject = { action: 'start_workflow', start_workflow: { name: '', input: {} } };

function Editor({ known, initial }: { known: boolean; initial: JsonObject }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  // What is being written must not change when the list is read again.
  const [begin] = useState(initial);
  return (
    <ObjectEditor
      what="Event handler"
      initial={begin}
      shape={eventHandlerShape}
      obstacle={useRights().lacks(needs.eventHandlers)}
      validate={({ name, event, actions }): FieldErrors => {
        if (typeof name !== 'string' || name.trim() === '') return { name: 'Enter a name.' };
        if (known && name !== begin.name) return { name: 'stays; make another event handler' };
        if (typeof event !== 'string' || !/^[^:]+:.+/.test(event))
          return { event: 'Enter where the events come from, as provider:queue.' };
        if (!Array.isArray(actions) || actions.length === 0) return { actions: 'Add at least one action.' };
        return {};
      }}
      fields={(editing) => <Fields editing={editing} known={known} />}
      save={known ? commands.updateEventHandler : commands.addEventHandler}
      onSaved={({ name }) => {
        void client.invalidateQueries({ queryKey: ['event-handlers'] });
        toast({ kind: 'success', title: `${name} saved` });
        void navigate(paths.eventHandlers);
      }}
    />
  );
}

function Fields({ editing, known }: { editing: Editing; known: boolean }) {
  const actions = Array.isArray(editing.value.actions) ? editing.value.actions : [];
  const change = (next: Json[]) => editing.set('actions', next);
  return (
    <>
      <TextOf
        editing={editing}
        name="name"
        label="Name"
        readOnly={known}
        {...(known && { hint: 'The name stays.' })}
      />
      <TextOf
        editing={editing}
        name="event"
        label="Listens to"
        placeholder="conductor:order_flow:paid"
        hint="Where the events come from, as provider:queue."
      />
      <TextOf editing={editing} name="description" label="Description" optional />
      <YesNoOf editing={editing} name="active" label="Active" hint="Only active ones listen." />
      <div className="whole">
        <TextOf
          editing={editing}
          name="condition"
          label="Condition"
          optional
          placeholder="$.amount > 100"
          hint="JavaScript over the event, which is $. Without one every event is handled."
        />
      </div>
      <section className={`whole ${styles.actions}`} aria-label="Actions">
        {actions.map((action, i) => (
          <Action
            // biome-ignore lint/suspicious/noArrayIndexKey: actions have no identity but their place
            key={`${i} of ${actions.length}`}
            number={i + 1}
            value={action}
            prefix={`actions[${i}].`}
            onChange={(next) => change(actions.map((each, n) => (n === i ? next : each)))}
            onRemove={() => change(actions.filter((_, n) => n !== i))}
          />
        ))}
        <Button icon={<Plus aria-hidden />} onClick={() => change([...actions, newAction])}>
          Add an action
        </Button>
      </section>
    </>
  );
}

interface ActionProps {
  number: number;
  value: Json;
  prefix: string;
  onChange: (next: JsonObject) => void;
  onRemove: () => void;
}

function Action({ number, value, prefix, onChange, onRemove }: ActionProps) {
  const action = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const kind = typeof action.action === 'string' ? action.action : '';
  const own: Editing = { value: action, set: (name, next) => onChange({ ...action, [name]: next }), prefix };
  // Another kind of action takes other details: what was entered for the one says nothing to the other.
  const choosing: Editing = {
    ...own,
    set: (_, next) => onChange({ action: next, ...(typeof next === 'string' && { [next]: {} }) }),
  };
  return (
    <fieldset className={styles.action}>
      <legend>Action {number}</legend>
      <ChoiceOf editing={choosing} name="action" label="What is done" options={actionWords} />
      <div className={styles.remove}>
        <Button icon={<Trash2 aria-hidden />} onClick={onRemove} aria-label={`Remove action ${number}`}>
          Remove
        </Button>
      </div>
      <Details key={kind} kind={kind} editing={within(own, kind)} />
    </fieldset>
  );
}

function Details({ kind, editing }: { kind: string; editing: Editing }) {
  const names = useQuery(allVersionsQuery);
  const list = useId();
  switch (kind) {
    case 'start_workflow':
      return (
        <>
          <TextOf editing={editing} name="name" label="Workflow" list={list} />
          <datalist id={list}>
            {Object.keys(names.data ?? {}).map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <NumberOf
            editing={editing}
            name="version"
            label="Version"
            optional
            hint="Left empty: the latest."
          />
          <div className="whole">
            <ObjectOf
              editing={editing}
              name="input"
              label="Input"
              optional
              hint="Expressions such as ${orderId} take values from the event."
            />
          </div>
        </>
      );
    case 'complete_task':
    case 'fail_task':
      return (
        <>
          <TextOf editing={editing} name="workflowId" label="Execution" placeholder="${workflowId}" />
          <TextOf editing={editing} name="taskRefName" label="Task" hint="Its reference name." />
          {kind === 'fail_task' && (
            <TextOf editing={editing} name="reasonForIncompletion" label="Reason" optional />
          )}
          <div className="whole">
            <ObjectOf editing={editing} name="output" label="Output" optional />
          </div>
        </>
      );
    case 'terminate_workflow':
      return (
        <>
          <TextOf editing={editing} name="workflowId" label="Execution" placeholder="${workflowId}" />
          <TextOf editing={editing} name="terminationReason" label="Reason" optional />
        </>
      );
    case 'update_workflow_variables':
      return (
        <>
          <TextOf editing={editing} name="workflowId" label="Execution" placeholder="${workflowId}" />
          <YesNoOf editing={editing} name="appendArray" label="Append to lists" />
          <div className="whole">
            <ObjectOf editing={editing} name="variables" label="Variables" />
          </div>
        </>
      );
    default:
      return <p className="muted whole">Its details are edited as JSON.</p>;
  }
}

function Delete({ name }: { name: string }) {
  const [asked, setAsked] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return (
    <>
      <Button
        icon={<Trash2 aria-hidden />}
        disabledReason={useRights().lacks(needs.eventHandlers)}
        onClick={() => setAsked(true)}
      >
        Delete
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        danger
        title={`Delete the event handler ${name}?`}
        confirm="Delete"
        onConfirm={async () => {
          await commands.deleteEventHandler(name);
          toast({ kind: 'success', title: `${name} deleted` });
          void navigate(paths.eventHandlers);
          await client.invalidateQueries({ queryKey: ['event-handlers'] });
        }}
      >
        Events that come from now on are not handled by it. What it has started runs on.
      </ConfirmDialog>
    </>
  );
}
