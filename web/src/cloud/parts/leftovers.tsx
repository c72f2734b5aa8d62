import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CopyField } from '../../ui/copy';
import { Skeleton } from '../../ui/placeholder';
import type { Operation } from '../api/client';
import { leftoversQuery } from '../api/queries';
import styles from './leftovers.module.css';

/** What exists of a cluster that should be gone, so that nobody pays for what nobody knows of. */
export function Leftovers({ operation }: { operation: Operation }) {
  const left = useQuery({ ...leftoversQuery(operation.id), enabled: shouldBeGone(operation) });
  if (!shouldBeGone(operation)) return null;
  return (
    <Card
      title="What is left over"
      description="Found just now, by looking where the cluster was."
      actions={
        <Button size="small" pending={left.isFetching} onClick={() => void left.refetch()}>
          Look again
        </Button>
      }
    >
      <Loaded query={left} what="leftovers" skeleton={<Skeleton height={48} />}>
        {(resources) =>
          resources.length === 0 ? (
            <p>Nothing: all that was made for the cluster is gone.</p>
          ) : (
            <ul className={styles.list} aria-label="Leftovers">
              {resources.map(({ kind, id, name }) => (
                <li key={`${kind}/${id}`}>
                  <span>{name === undefined || name === id ? kind : `${kind} ${name}`}</span>
                  <CopyField text={id} what={`id of the ${kind}`} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

/** After these nothing of the cluster is to be there. */
function shouldBeGone({ kind, state }: Operation): boolean {
  if (state === 'RUNNING') return false;
  if (kind === 'create-cluster') return state !== 'SUCCEEDED';
  return kind === 'force-delete-cluster' || (kind === 'delete-cluster' && state === 'FAILED');
}
