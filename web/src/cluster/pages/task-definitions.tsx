import { useQuery } from '@tanstack/react-query';
import { Wrench } from 'lucide-react';
import { Link, useNavigate } from 'react-router';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Card } from '../../ui/card';
import { Input } from '../../ui/field';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import { taskDefinitionsQuery } from '../client/queries';
import type { TaskDef } from '../client/types';
import { paths } from '../paths';
import { retryText, timeoutText } from '../task-policy';
import styles from './definitions.module.css';

/** Registered policies of tasks: how they are retried, and when they time out. */
export function TaskDefinitions() {
  const query = useQuery(taskDefinitionsQuery);
  return (
    <Page
      title="Task definitions"
      description="How tasks of a name are retried and when they time out. Without one, a worker’s task gets 3 retries a minute apart."
    >
      <Loaded query={query} what="task definitions" skeleton={<Skeleton height={360} />}>
        {(all) => (all.length === 0 ? <None /> : <List all={all} />)}
      </Loaded>
    </Page>
  );
}

function List({ all }: { all: readonly TaskDef[] }) {
  const [text, setText] = useAddressState('q');
  const navigate = useNavigate();
  const wanted = text.trim().toLowerCase();
  const found = all
    .filter(({ name, description }) => `${name} ${description ?? ''}`.toLowerCase().includes(wanted))
    .sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <Input
        type="search"
        className={styles.search}
        placeholder="Find a task definition"
        aria-label="Find a task definition"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Card flush>
        <Table
          label="Task definitions"
          columns={columns}
          rows={found}
          rowKey={({ name }) => name}
          onOpen={({ name }) => void navigate(paths.taskDefinition(name))}
          empty={<EmptyState title="No task definition matches">Try a part of its name.</EmptyState>}
        />
      </Card>
    </>
  );
}

const columns: Column<TaskDef>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ name, description }) => (
      <span className={styles.name}>
        <Link to={paths.taskDefinition(name)}>{name}</Link>
        {description && <span className={styles.description}>{description}</span>}
      </span>
    ),
  },
  { key: 'retries', title: 'Retries', width: '260px', render: (def) => retryText(def) },
  { key: 'timeouts', title: 'Times out', width: '260px', secondary: true, render: (def) => timeoutText(def) },
];

function None() {
  return (
    <Card>
      <EmptyState icon={<Wrench size={32} aria-hidden />} title="No task definitions yet">
        SDKs register them beside their workers, or POST a list of them to <code>/api/metadata/taskdefs</code>
        . Workflows run without: then the defaults apply.
      </EmptyState>
    </Card>
  );
}
