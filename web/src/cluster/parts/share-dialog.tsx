import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Select } from '../../ui/field';
import { type FieldErrors, Form, FormActions, type FormValues, useFieldError } from '../../ui/form';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import {
  allVersionsQuery,
  applicationsQuery,
  groupsQuery,
  secretsQuery,
  taskDefinitionsQuery,
  usersQuery,
} from '../client/queries';
import type { Access, Kind, Subject } from '../client/types';
import { grantText, kinds } from '../shared';
import styles from './share-dialog.module.css';
import { applicationSubject, groupSubject, useNames, userSubject } from './subjects';
import { Submit } from './submit';

interface ShareDialogProps {
  /** With whom; undefined: it is asked. */
  subject?: Subject;
  /** What; undefined: it is asked. */
  target?: { type: Kind; id: string };
  onClose: () => void;
}

/** Chosen for a person who is not in the list. */
const somebodyElse = 'else';

/** Shares one thing with somebody. It adds to what they may do already. */
export function ShareDialog({ subject, target, onClose }: ShareDialogProps) {
  const client = useQueryClient();
  const toast = useToast();
  const nameOf = useNames();
  const [kind, setKind] = useState<Kind>(target?.type ?? 'WORKFLOW_DEF');
  const [who, setWho] = useState('');

  async function share(values: FormValues) {
    const grant = {
      subject: subject ?? subjectOf(values),
      target: target ?? { type: kind, id: values.name?.trim() ?? '' },
      access: chosen(kind, values),
    };
    await commands.grant(grant);
    await client.invalidateQueries({ queryKey: ['access'] });
    toast({ kind: 'success', title: `${nameOf(grant.subject)} may ${grantText(grant)}` });
    onClose();
  }

  function check(values: FormValues): FieldErrors {
    const { name = '' } = values;
    return {
      ...(!subject && values.who === '' && { who: 'Choose with whom.' }),
      ...(!subject && values.who === somebodyElse && !values.email?.trim() && { email: 'Enter an address.' }),
      ...(!target && name.trim() === '' && { name: 'Enter the name.' }),
      ...(!target && kind === 'TAG' && !/^[^:]+:.+/.test(name) && { name: 'Enter a tag as key:value.' }),
      ...(chosen(kind, values).length === 0 && { access: 'Choose at least one.' }),
    };
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={
        target
          ? `Share ${target.id}`
          : subject
            ? `Share something with ${nameOf(subject)}`
            : 'Share something'
      }
      description="It adds to what they may do already, and holds from the next call on."
    >
      <Form className="stack" validate={check} onSubmit={share}>
        {!subject && <Who value={who} onChange={setWho} />}
        {!target && <What kind={kind} onKind={setKind} />}
        <Accesses key={kind} kind={kind} />
        <FormActions>
          <Button onClick={onClose}>Cancel</Button>
          <Submit>Share</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function subjectOf({ who = '', email = '' }: FormValues): Subject {
  if (who === somebodyElse) return userSubject(email.trim().toLowerCase());
  const [kind, ...rest] = who.split(' ');
  const id = rest.join(' ');
  if (kind === 'group') return groupSubject(id);
  return kind === 'application' ? applicationSubject(id) : userSubject(id);
}

const fieldOf = (access: string) => `access.${access}`;

function chosen(kind: Kind, values: FormValues): Access[] {
  return (Object.keys(kinds[kind].access) as Access[]).filter((each) => values[fieldOf(each)] !== undefined);
}

function Who({ value, onChange }: { value: string; onChange: (who: string) => void }) {
  const users = useQuery(usersQuery);
  const groups = useQuery(groupsQuery);
  const applications = useQuery(applicationsQuery);
  const parts = [
    { label: 'People', kind: 'user', all: users.data ?? [] },
    {
      label: 'Groups',
      kind: 'group',
      all: (groups.data ?? []).map(({ id }) => ({ id, name: id })),
    },
    { label: 'Applications', kind: 'application', all: applications.data ?? [] },
  ];
  return (
    <>
      <Field name="who" label="With" error={(users.error ?? groups.error ?? applications.error)?.message}>
        {/* Its value is its own: the form clears an error between the choice and the news of it. */}
        <Select defaultValue="" onChange={(event) => onChange(event.target.value)}>
          <option value="">Choose a person, a group or an application</option>
          {parts
            .filter(({ all }) => all.length > 0)
            .map(({ label, kind, all }) => (
              <optgroup key={kind} label={label}>
                {all.map(({ id, name }) => (
                  <option key={id} value={`${kind} ${id}`}>
                    {kind === 'user' && name !== id ? `${name} (${id})` : name || id}
                  </option>
                ))}
              </optgroup>
            ))}
          <option value={somebodyElse}>Somebody who has not been here yet …</option>
        </Select>
      </Field>
      {value === somebodyElse && (
        <Field
          name="email"
          label="E-mail"
          hint="With which they sign in to the cloud console. There they need at least the role Guest in this cluster."
        >
          <Input type="email" autoComplete="off" />
        </Field>
      )}
    </>
  );
}

function What({ kind, onKind }: { kind: Kind; onKind: (kind: Kind) => void }) {
  const workflows = useQuery(allVersionsQuery);
  const tasks = useQuery(taskDefinitionsQuery);
  const secrets = useQuery(secretsQuery);
  const list = useId();
  const names: Partial<Record<Kind, string[]>> = {
    WORKFLOW_DEF: Object.keys(workflows.data ?? {}),
    TASK_DEF: (tasks.data ?? []).map(({ name }) => name),
    SECRET_NAME: secrets.data ?? [],
  };
  return (
    <>
      <Field name="kind" label="What">
        <Select value={kind} onChange={(event) => onKind(event.target.value as Kind)}>
          {(Object.keys(kinds) as Kind[]).map((each) => (
            <option key={each} value={each}>
              {kinds[each].title}
            </option>
          ))}
        </Select>
      </Field>
      <Field name="name" label="Name" hint={kinds[kind].hint}>
        <Input key={kind} list={list} autoComplete="off" autoCapitalize="off" spellCheck={false} />
      </Field>
      <datalist id={list}>
        {names[kind]?.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

function Accesses({ kind }: { kind: Kind }) {
  const error = useFieldError('access');
  const errorId = useId();
  const words = Object.entries(kinds[kind].access);
  return (
    <fieldset className={styles.accesses} aria-describedby={error === undefined ? undefined : errorId}>
      <legend>They may</legend>
      {words.map(([access, { full }], i) => (
        <label key={access}>
          <input type="checkbox" name={fieldOf(access)} defaultChecked={i === 0 && words.length === 1} />
          {full}
        </label>
      ))}
      {error !== undefined && (
        <p id={errorId} className={styles.error}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
