import { useQuery } from '@tanstack/react-query';
import { ArrowUp, Rocket, SearchX } from 'lucide-react';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Reconnecting } from '../../console/reconnecting';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { executionsQuery } from '../client/queries';
import type { SearchResult, Summary } from '../client/types';
import { AllowedLink } from '../parts/allowed-link';
import { BulkBar } from '../parts/bulk-bar';
import { ExecutionFilters } from '../parts/execution-filters';
import { ExecutionTable } from '../parts/execution-table';
import { FirstWorkflow } from '../parts/first-workflow';
import { SavedViews } from '../parts/saved-views';
import { paths } from '../paths';
import { needs } from '../rights';
import { countText, type ExecutionSearch, isNarrowed, pageSize, readSearch, writeSearch } from '../search';
import { useLiveRows } from '../use-live-rows';
import styles from './executions.module.css';

/** Executions, newest first. What is searched for stands in the address. */
export function Executions() {
  const [params, setParams] = useSearchParams();
  const search = readSearch(params);
  const query = useQuery(executionsQuery(search));
  const change = (next: Partial<ExecutionSearch>) =>
    setParams(writeSearch({ ...search, page: 1, ...next }), { replace: next.page === undefined });
  return (
    <Page
      width="wide"
      title="Executions"
      actions={
        <>
          <SavedViews search={search} />
          <AllowedLink kind="primary" to={paths.definitions} need={needs.run()}>
            Run a workflow
          </AllowedLink>
        </>
      }
    >
      <ExecutionFilters search={search} onChange={change} />
      <Loaded query={query} what="executions" skeleton={<Skeleton height={600} />}>
        {(data) => (
          <Results
            key={params.toString()}
            search={search}
            data={data}
            stale={query.isPlaceholderData}
            onPage={(page) => change({ page })}
            onClear={() => setParams(new URLSearchParams())}
          />
        )}
      </Loaded>
    </Page>
  );
}

interface ResultsProps {
  search: ExecutionSearch;
  data: SearchResult<Summary>;
  /** The rows are those of the search before. */
  stale: boolean;
  onPage: (page: number) => void;
  onClear: () => void;
}

function Results({ search, data, stale, onPage, onClear }: ResultsProps) {
  const { rows, total, newer, showNewer, live } = useLiveRows(data, stale);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const select = (next: ReadonlySet<string>) => {
    setSelected(next);
    setAll(false);
  };
  if (total === 0 && rows.length === 0) {
    return <Card>{isNarrowed(search) ? <NoMatch onClear={onClear} /> : <NoExecutions />}</Card>;
  }
  const first = (search.page - 1) * pageSize;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  return (
    <Card flush>
      {(all || selected.size > 0) && (
        <BulkBar
          search={search}
          selected={selected}
          all={all}
          total={total}
          rows={rows.length}
          onAll={() => setAll(true)}
          onClear={() => select(new Set())}
        />
      )}
      <div className={styles.head} hidden={all || selected.size > 0}>
        <span role="status">
          {rows.length === 0
            ? `${total.toLocaleString()} executions`
            : `${(first + 1).toLocaleString()}–${(first + rows.length).toLocaleString()} of ${countText(total, search.page)}`}
        </span>
        <Reconnecting live={live} />
        {newer > 0 && search.page === 1 && (
          <Button size="small" icon={<ArrowUp aria-hidden />} onClick={showNewer}>
            {`Show ${newer === 1 ? '1 newer' : `${newer} newer`}`}
          </Button>
        )}
        <nav className={styles.pages} aria-label="Pages">
          <Button
            size="small"
            onClick={() => onPage(search.page - 1)}
            disabledReason={search.page <= 1 ? 'This is the first page' : undefined}
          >
            Newer
          </Button>
          <span className="muted">
            Page {search.page} of {pages.toLocaleString()}
          </span>
          <Button
            size="small"
            onClick={() => onPage(search.page + 1)}
            disabledReason={search.page >= pages ? 'This is the last page' : undefined}
          >
            Older
          </Button>
        </nav>
      </div>
      <div data-stale={stale || undefined} className={styles.rows}>
        <ExecutionTable label="Executions" rows={rows} selecting={{ selected, onSelect: select }} />
      </div>
    </Card>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState
      icon={<SearchX size={32} aria-hidden />}
      title="No execution matches"
      action={<Button onClick={onClear}>Clear the search</Button>}
    >
      Widen the time range, or take a filter away. Free text is looked for in ids, names, inputs and outputs.
    </EmptyState>
  );
}

function NoExecutions() {
  return (
    <>
      <EmptyState
        icon={<Rocket size={32} aria-hidden />}
        title="Nothing has been run yet"
        action={
          <AllowedLink kind="primary" to={paths.definitions} need={needs.run()}>
            Choose a workflow to run
          </AllowedLink>
        }
      >
        <p>
          An execution is one run of a definition. Start one from a definition’s page, with an SDK, or from a
          shell:
        </p>
      </EmptyState>
      <FirstWorkflow />
    </>
  );
}
