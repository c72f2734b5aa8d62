import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import type { ApiKeyWithSecret } from '../api/client';
import { forForm } from '../api/problem';
import { clustersQuery } from '../api/queries';
import { memberRoles, partRoles, roleTitle, roleWords } from '../roles';
import { ApiKeyMade } from './api-key-made';
import { Submit } from './submit';
import { ValidFor } from './valid-for';

/** What is asked for in the form. */
export interface NewKey {
  name: string;
  expiresInDays: number;
  role?: string;
  cluster?: string;
  dangerous: boolean;
}

interface ApiKeyFormProps {
  /** Whose key it is. */
  description: string;
  /** The organization that it will be good in. */
  org: string;
  /** A field to choose it, when there are several. */
  chooseOrg?: ReactNode;
  /** The list that changes. */
  queryKeys: (readonly string[])[];
  create: (key: NewKey) => Promise<ApiKeyWithSecret>;
  onDone: () => void;
}

/** Makes an API key, then shows it for the only time. Mount it anew for each key. */
export function ApiKeyForm({ description, org, chooseOrg, queryKeys, create, onDone }: ApiKeyFormProps) {
  const [made, setMade] = useState<ApiKeyWithSecret>();
  const [role, setRole] = useState('');
  const [place, setPlace] = useState('');
  const client = useQueryClient();
  const clusters = useQuery(clustersQuery(org));
  const roles = place === '' ? [...memberRoles, ...partRoles] : partRoles;

  async function submit({ name = '', expiresInDays = '', dangerous = '' }: FormValues) {
    const key = await forForm(
      create({
        name: name.trim(),
        expiresInDays: Number(expiresInDays),
        role: role || undefined,
        cluster: place || undefined,
        dangerous: dangerous === 'yes',
      }),
    );
    for (const queryKey of queryKeys) void client.invalidateQueries({ queryKey });
    setMade(key);
  }

  const onOpenChange = (open: boolean) => {
    if (!open) onDone();
  };
  if (made !== undefined) {
    return (
      <Dialog open onOpenChange={onOpenChange} title="Your API key" sticky width="wide">
        <ApiKeyMade made={made} onDone={onDone} />
      </Dialog>
    );
  }
  return (
    <Dialog open onOpenChange={onOpenChange} title="Create API key" description={description}>
      <Form
        className="stack"
        validate={({ name = '' }): Record<string, string> =>
          name.trim() === '' ? { name: 'Enter a name, such as the program that will use it.' } : {}
        }
        onSubmit={submit}
      >
        <Field name="name" label="Name" hint="Which program will use it, such as “deployments”.">
          <Input maxLength={60} autoComplete="off" />
        </Field>
        {chooseOrg}
        <Field name="cluster" label="Good in">
          <Select
            value={place}
            onChange={(event) => {
              setPlace(event.target.value);
              setRole('');
            }}
          >
            <option value="">The whole organization</option>
            {clusters.data?.map(({ name }) => (
              <option key={name} value={name}>
                {`Cluster ${name} alone`}
              </option>
            ))}
          </Select>
        </Field>
        <Field name="role" label="It may" hint={roleWords(role)?.can ?? 'Less is safer.'}>
          <Select value={role} onChange={(event) => setRole(event.target.value)}>
            <option value="">Everything that its owner may</option>
            {roles.map((id) => (
              <option key={id} value={id}>
                {`Only what this role may: ${roleTitle(id)}`}
              </option>
            ))}
          </Select>
        </Field>
        <Field
          name="dangerous"
          label="Dangerous acts"
          hint="Deleting clusters, changing people and what they may do, exporting the audit log: what you must sign in again for."
        >
          <Select defaultValue="no">
            <option value="no">It may not do them</option>
            <option value="yes">It may do them by itself</option>
          </Select>
        </Field>
        <ValidFor org={org} />
        <FormActions>
          <Button onClick={onDone}>Cancel</Button>
          <Submit>Create key</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
