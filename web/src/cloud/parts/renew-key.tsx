import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { GraceField } from '../../console/grace-field';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { type AccessKey, type AccessKeyWithSecret, answer, api, type Cluster } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { Made } from './create-key';
import { Submit } from './submit';
import { ValidFor } from './valid-for';

/** Gives an access key another secret, and shows it for the only time. Mount it anew for each key. */
export function RenewKey({
  cluster,
  accessKey,
  onDone,
}: {
  cluster: Cluster;
  accessKey: AccessKey;
  onDone: () => void;
}) {
  const [made, setMade] = useState<AccessKeyWithSecret>();
  const client = useQueryClient();
  const { organization: org, name } = cluster;

  async function renew({ grace = '', expiresInDays = '' }: FormValues) {
    const key = await forForm(
      answer(
        api.POST('/organizations/{org}/clusters/{cluster}/access-keys/{key}/rotate', {
          params: { path: { org, cluster: name, key: accessKey.id } },
          body: { graceHours: Number(grace), expiresInDays: Number(expiresInDays) },
        }),
      ),
    );
    client.setQueryData(keys.freshKey(org, name), key);
    void client.invalidateQueries({ queryKey: keys.accessKeys(org, name) });
    setMade(key);
  }

  const onOpenChange = (open: boolean) => {
    if (!open) onDone();
  };
  if (made !== undefined) {
    return (
      <Dialog
        open
        onOpenChange={onOpenChange}
        title={`The new secret of ${accessKey.name}`}
        sticky
        width="wide"
      >
        <Made accessKey={made} endpoint={cluster.endpoint} onDone={onDone} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={`Renew the secret of ${accessKey.name}`}
      description="The key id stays. Both secrets are good for a time, so that nothing stops while you change it."
    >
      <Form className="stack" onSubmit={renew}>
        <GraceField />
        <ValidFor org={org} />
        <FormActions>
          <Button onClick={onDone}>Cancel</Button>
          <Submit>Renew secret</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
