import { useQuery } from '@tanstack/react-query';
import { ListChecks, SearchX } from 'lucide-react';
import { Link, useNavigate } from 'react-router';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Input, Select } from '../../ui/field';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { Duration, RelativeTime } from '../../ui/time';
import type { Operation } from '../api/client';
import { operationsQuery } from '../api/queries';
import { paths } from '../paths';
import { useOrganization } from '../session';
import { operationStates, operationTitle } from '../states';
import styles from './operations.module.css';

const columns: Column<Operation>[] = [
  {
    key: 'title',
    title: 'Operation',
    render: (operation) => (
      <Link to={paths.operation(operation.organization, operation.id)} className={styles.title}>
        {operationTitle(operation)}
      </Link>
    ),
  },
  {
    key: 'state',
    title: 'State',
    render: ({ state }) => (
      <StatusBadge kind={operationStates[state].kind}>{operationStates[state].word}</StatusBadge>
    ),
  },
  { key: 'by', title: 'By', secondary: true, render: ({ createdBy }) => createdBy ?? '' },
  {
    key: 'started',
    title: 'Started',
    align: 'end',
    render: ({ createdAt }) => <RelativeTime at={createdAt} />,
  },
  {
    key: 'took',
    title: 'Took',
    align: 'end',
    width: '112px',
    secondary: true,
    render: ({ createdAt, endedAt }) => <Duration from={createdAt} to={endedAt} />,
  },
];

/** Everything that changed or changes the organization's infrastructure. */
export function Operations() {
  const { name: org } = useOrganization();
  const operations = useQuery(operationsQuery(org));
  return (
    <Page
      title="Operations"
      description="Everything that changes clusters: creation, sizes, versions, backups, deletion. Each is a workflow."
    >
      <Card flush>
        <Loaded query={operations} what="operations" skeleton={<Skeleton height={320} />}>
          {(data) => (data.length === 0 ? <None org={org} /> : <List operations={data} />)}
        </Loaded>
      </Card>
    </Page>
  );
}

function List({ operations }: { operations: Operation[] }) {
  const navigate = useNavigate();
  const [text, setText] = useAddressState('q');
  const [state, setState] = useAddressState('state');
  const wanted = text.trim().toLowerCase();
  const found = operations.filter(
    (operation) =>
      (state === '' || operation.state === state) &&
      `${operationTitle(operation)} ${operation.createdBy ?? ''} ${operation.id}`
        .toLowerCase()
        .includes(wanted),
  );
  return (
    <>
      <div className={styles.filters}>
        <Input
          type="search"
          placeholder="Find by cluster, person or id"
          aria-label="Find operations"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Select aria-label="State" value={state} onChange={(event) => setState(event.target.value)}>
          <option value="">All states</option>
          {Object.entries(operationStates).map(([value, { word }]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </Select>
      </div>
      <Table
        label="Operations"
        columns={columns}
        rows={found}
        rowKey={({ id }) => id}
        onOpen={(operation) => void navigate(paths.operation(operation.organization, operation.id))}
        empty={
          <EmptyState
            icon={<SearchX size={32} aria-hidden />}
            title="No operation matches"
            action={
              <Button asChild>
                <Link to="?">Show all</Link>
              </Button>
            }
          >
            Change the words or the state to see others.
          </EmptyState>
        }
      />
    </>
  );
}

function None({ org }: { org: string }) {
  return (
    <EmptyState
      icon={<ListChecks size={32} aria-hidden />}
      title="No operations yet"
      action={
        <Button kind="primary" asChild>
          <Link to={paths.createCluster(org)}>Create cluster</Link>
        </Button>
      }
    >
      When a cluster is created or deleted, every step of it is recorded here and can be watched live.
    </EmptyState>
  );
}
