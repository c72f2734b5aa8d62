import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Notice } from '../../ui/placeholder';
import { answer, api, type Operation } from '../api/client';
import { clusterQuery, keys } from '../api/queries';
import { paths } from '../paths';
import { may } from '../rights';
import { Goodbye } from './delete-cluster';

const labels = {
  cancel: 'Cancel and undo',
  retry: 'Try again',
  resume: 'Look again now',
} as const;

type Verb = keyof typeof labels;

/** What can be done with an operation now, as buttons. Trying again leads to the page of the new operation. */
export function OperationVerbs({ operation }: { operation: Operation }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { operation: operation.id } };
  const act = useMutation({
    mutationFn: (verb: Verb): Promise<Operation> => {
      switch (verb) {
        case 'cancel':
          return answer(api.POST('/operations/{operation}/cancel', { params }));
        case 'retry':
          return answer(api.POST('/operations/{operation}/retry', { params }));
        case 'resume':
          return answer(api.POST('/operations/{operation}/resume', { params }));
      }
    },
    onSuccess: (now) => {
      client.setQueryData(keys.operation(now.id), now);
      if (now.id !== operation.id) navigate(paths.operation(now.organization, now.id));
    },
  });
  const possible = (operation.verbs ?? []).filter((verb): verb is Verb => verb in labels);
  const forces = operation.verbs?.includes('force') === true;
  if (possible.length === 0 && !forces) return null;
  return (
    <>
      <span className="row">
        {possible.map((verb) => (
          <Button key={verb} size="small" disabled={act.isPending} onClick={() => act.mutate(verb)}>
            {labels[verb]}
          </Button>
        ))}
        {forces && <Force operation={operation} />}
      </span>
      {act.error !== null && (
        <Notice kind="failed" title="That did not work">
          {act.error.message}
        </Notice>
      )}
    </>
  );
}

/** Deletes the cluster even though something is left of it. */
function Force({ operation }: { operation: Operation }) {
  const [asking, setAsking] = useState(false);
  const { data: cluster } = useQuery(clusterQuery(operation.organization, operation.cluster));
  if (cluster === undefined) return null;
  return (
    <>
      <Button
        size="small"
        disabledReason={
          may(cluster, 'cluster.delete') ? undefined : 'Your role does not let you delete this cluster.'
        }
        onClick={() => setAsking(true)}
      >
        Delete by force
      </Button>
      {asking && <Goodbye cluster={cluster} way="force-delete-cluster" onClose={() => setAsking(false)} />}
    </>
  );
}
