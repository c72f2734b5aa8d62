import { useQueryClient } from '@tanstack/react-query';
import { Laptop, Network } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { useNavigate } from 'react-router';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api, type Cluster, type CreateClusterRequest, type Operation } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { nameProblem } from '../name-rule';
import { paths } from '../paths';
import { useOrganization } from '../session';
import { clouds } from '../states';
import styles from './create-cluster-form.module.css';
import { newKey } from './idempotency-key';
import { NameField } from './name-field';
import { Submit } from './submit';

/** Creates a cluster and leads to the page where one watches it come up. */
export function CreateClusterForm({ proposal, cancel }: { proposal: string; cancel?: ReactNode }) {
  const org = useOrganization().name;
  const client = useQueryClient();
  const navigate = useNavigate();
  const attempt = useRef<{ name: string; cloud: string | undefined; key: string }>(undefined);

  async function create({ name = '', cloud }: FormValues) {
    // The same key as long as the wish is the same: when an answer got lost, sending again makes no second cluster.
    if (attempt.current?.name !== name || attempt.current.cloud !== cloud)
      attempt.current = { name, cloud, key: newKey() };
    const cluster = await forForm(
      answer(
        api.POST('/organizations/{org}/clusters', {
          params: { path: { org }, header: { 'Idempotency-Key': attempt.current.key } },
          body: { name, cloud: cloud as CreateClusterRequest['cloud'] },
        }),
      ),
    );
    // Only where nothing is known yet: the stream of changes may have been faster than this answer.
    client.setQueryData<Cluster>(keys.cluster(org, name), (known) => known ?? cluster);
    void client.invalidateQueries({ queryKey: keys.clusters(org) });
    if (cluster.cloud === 'remote') {
      await navigate(paths.join(org, name));
      return;
    }
    if (cluster.operation === undefined) {
      await navigate(paths.cluster(org, name));
      return;
    }
    const { operation } = cluster;
    client.setQueryData<Operation>(keys.operation(operation.id), (known) => known ?? operation);
    await navigate(paths.operation(org, operation.id));
  }

  return (
    <Form
      className="stack"
      validate={({ name = '' }): Record<string, string> => {
        const problem = nameProblem(name);
        return problem === undefined ? {} : { name: problem };
      }}
      onSubmit={create}
    >
      <NameField name="name" label="Name" initial={proposal} autoFocus />
      <fieldset className={styles.places}>
        <legend>Where it runs</legend>
        <label className={styles.place}>
          <input type="radio" name="cloud" value="local" defaultChecked />
          <Laptop aria-hidden size={18} />
          <span>
            <strong>{clouds.local?.title}</strong>
            <span className={styles.description}>{clouds.local?.description}</span>
          </span>
        </label>
        <label className={styles.place}>
          <input type="radio" name="cloud" value="remote" />
          <Network aria-hidden size={18} />
          <span>
            <strong>{clouds.remote?.title}</strong>
            <span className={styles.description}>{clouds.remote?.description}</span>
          </span>
        </label>
      </fieldset>
      <FormActions>
        {cancel}
        <Submit>Create cluster</Submit>
      </FormActions>
    </Form>
  );
}
