import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Notice, Skeleton } from '../../ui/placeholder';
import { answer, api, type CreateClusterRequest } from '../api/client';
import { ApiError } from '../api/problem';
import { keys } from '../api/queries';
import { useOrganization } from '../session';
import styles from './create-cluster-form.module.css';
import { Effects } from './effects';

/** What creating a cluster would do and cost. It stands in nobody's way: the same is checked when it is created. */
export function CreationPreview({ wish }: { wish: CreateClusterRequest }) {
  const org = useOrganization().name;
  const preview = useQuery({
    queryKey: [...keys.catalog(org), 'preview', wish],
    queryFn: () =>
      answer(api.POST('/organizations/{org}/cluster-preview', { params: { path: { org } }, body: wish })),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return (
    <section aria-label="What happens" aria-live="polite" className={styles.preview}>
      {preview.error !== null ? (
        <Notice kind="warning" title="That is not possible">
          {reason(preview.error)}
        </Notice>
      ) : preview.data === undefined ? (
        <Skeleton height={44} />
      ) : (
        <Effects preview={preview.data} />
      )}
    </section>
  );
}

function reason(error: Error): string {
  const wrong = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
  if (wrong.length === 0) return error.message;
  return `${wrong.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`;
}
