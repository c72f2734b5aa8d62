import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { CodeBlock } from '../../ui/code-block';
import { CopyField } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { type AccessKey, type AccessKeyWithSecret, answer, api, type Cluster } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { environmentLines } from '../snippets/snippets';
import styles from './create-key.module.css';
import { Submit } from './submit';
import { ValidFor } from './valid-for';

export interface CreateKeyProps {
  cluster: Cluster;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Makes an access key, then shows its secret for the only time. */
export function CreateKey({ cluster, open, onOpenChange }: CreateKeyProps) {
  const [made, setMade] = useState<AccessKeyWithSecret>();
  const client = useQueryClient();
  const { organization: org, name: clusterName } = cluster;

  async function create({ name = '', expiresInDays = '', role = '' }: FormValues) {
    const key = await forForm(
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/access-keys', {
          params: { path: { org, cluster: clusterName } },
          body: { name: name.trim(), expiresInDays: Number(expiresInDays), role: role as AccessKey['role'] },
        }),
      ),
    );
    client.setQueryData(keys.freshKey(org, clusterName), key);
    void client.invalidateQueries({ queryKey: keys.accessKeys(org, clusterName) });
    setMade(key);
  }

  if (made !== undefined) {
    return (
      <Dialog open={open} onOpenChange={onOpenChange} title="Your access key" sticky width="wide">
        <Made
          accessKey={made}
          endpoint={cluster.endpoint}
          onDone={() => {
            onOpenChange(false);
            setMade(undefined);
          }}
        />
      </Dialog>
    );
  }
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Create access key"
      description="For an application that connects to this cluster."
    >
      <Form
        className="stack"
        validate={({ name = '' }): Record<string, string> =>
          name.trim() === '' ? { name: 'Enter a name, such as the application that will use it.' } : {}
        }
        onSubmit={create}
      >
        <Field name="name" label="Name" hint="Who will use it, such as “image workers”.">
          <Input defaultValue="workers" maxLength={60} autoComplete="off" />
        </Field>
        <Field name="role" label="It may" hint="No more than you may do yourself. Less is safer.">
          <Select defaultValue="developer">
            {Object.entries(keyRoles).map(([role, { can }]) => (
              <option key={role} value={role}>
                {can}
              </option>
            ))}
          </Select>
        </Field>
        <ValidFor org={org} />
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>Create key</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

/** What the bearer of a key may do, by its role. */
export const keyRoles: Record<AccessKey['role'], { title: string; can: string }> = {
  worker: { title: 'Worker', can: 'Work on tasks and start workflows' },
  viewer: { title: 'Viewer', can: 'Look at everything, change nothing' },
  operator: { title: 'Operator', can: 'Run and operate workflows, without changing them' },
  developer: { title: 'Developer', can: 'Define, run and operate workflows' },
  admin: { title: 'Admin', can: 'Do everything in the cluster' },
  guest: { title: 'Guest', can: 'Nothing but what is shared with it inside the cluster' },
};

/** A key with its secret, which is shown only here. */
export function Made({
  accessKey,
  endpoint,
  onDone,
}: {
  accessKey: AccessKeyWithSecret;
  endpoint: string | undefined;
  onDone: () => void;
}) {
  return (
    <div className="stack">
      <Notice kind="warning" title="Copy the secret now">
        It is shown only here; afterwards nobody can read it again.
      </Notice>
      <dl className={styles.pair}>
        <dt>Key id</dt>
        <dd>
          <CopyField text={accessKey.id} what="key id" />
        </dd>
        <dt>Secret</dt>
        <dd>
          <CopyField text={accessKey.secret} what="secret" />
        </dd>
      </dl>
      {endpoint !== undefined && (
        <CodeBlock
          title="Environment of the application"
          label="environment lines"
          language="bash"
          code={environmentLines({ endpoint, key: accessKey.id, secret: accessKey.secret })}
        />
      )}
      <p className="muted">
        The programs under Connect are filled in with this key until you leave the console.
      </p>
      <FormActions>
        <Button kind="primary" onClick={onDone}>
          I have copied it
        </Button>
      </FormActions>
    </div>
  );
}

/** Why a key cannot be made now, if so. */
export function whyNoKey({ state }: Cluster): string | undefined {
  switch (state) {
    case 'CREATING':
      return 'Keys can be made once the cluster is ready.';
    case 'DELETING':
      return 'The cluster is being deleted.';
    case 'FAILED':
      return 'The cluster could not be created.';
    default:
      return undefined;
  }
}
