import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Skeleton } from '../../ui/placeholder';
import { executionsQuery } from '../client/queries';
import { paths } from '../paths';
import type { ExecutionSearch } from '../search';
import { ExecutionTable } from './execution-table';
import styles from './recent.module.css';

const shownRows = 6;

/** The first of a search, with the way to all of it. */
export function Recent({ title, search, empty }: { title: string; search: ExecutionSearch; empty: string }) {
  const query = useQuery(executionsQuery(search));
  return (
    <Card
      title={title}
      flush
      actions={
        <Button size="small" asChild>
          <Link to={paths.executions(search)}>All {query.data?.totalHits.toLocaleString()}</Link>
        </Button>
      }
    >
      <Loaded query={query} what="executions" skeleton={<Skeleton height={160} />}>
        {(data) => (
          <ExecutionTable
            label={title}
            rows={data.results.slice(0, shownRows)}
            empty={<p className={styles.none}>{empty}</p>}
          />
        )}
      </Loaded>
    </Card>
  );
}
