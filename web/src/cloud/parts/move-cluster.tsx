import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Select } from '../../ui/field';
import { type FieldErrors, Form, FormActions, type FormValues } from '../../ui/form';
import { useToast } from '../../ui/toast';
import { answer, api } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { Submit } from './submit';

/** What is moved: a cluster to a project that is chosen, or a cluster that is chosen to a project. */
export interface Move {
  title: string;
  choose: 'cluster' | 'project';
  names: string[];
  /** The name of the other one. */
  given: string;
}

/** Puts a cluster into another project. */
export function MoveCluster({
  org,
  move,
  onDone,
}: {
  org: string;
  move: Move | undefined;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();

  async function save({ cluster = move?.given ?? '', project = move?.given ?? '' }: FormValues) {
    await forForm(
      answer(
        api.PUT('/organizations/{org}/clusters/{cluster}/project', {
          params: { path: { org, cluster } },
          body: { project },
        }),
      ),
    );
    const read = Promise.all(
      [keys.projects(org), keys.clusters(org), keys.cluster(org, cluster), keys.grants(org)].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
    onDone();
    toast({ kind: 'success', title: `${cluster} is in project ${project}` });
    await read;
  }

  return (
    <Dialog
      open={move !== undefined}
      onOpenChange={onDone}
      title={move?.title ?? ''}
      description="Whoever has a role in the new project has it in the cluster from then on, and roles in the old project end for it. It goes on running; consoles of clusters that are open must be opened anew."
    >
      <Form
        className="stack"
        validate={(values): FieldErrors =>
          move !== undefined && values[move.choose] === ''
            ? { [move.choose]: `Choose a ${move.choose}.` }
            : {}
        }
        onSubmit={save}
      >
        {move !== undefined && (
          <Field name={move.choose} label={move.choose === 'project' ? 'To project' : 'Cluster'}>
            <Select defaultValue={move.names.length === 1 ? move.names[0] : ''}>
              <option value="">Choose a {move.choose}</option>
              {move.names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </Select>
          </Field>
        )}
        <FormActions>
          <Button onClick={onDone}>Cancel</Button>
          <Submit>Move cluster</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
