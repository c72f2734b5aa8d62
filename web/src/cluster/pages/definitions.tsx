import { useQuery } from '@tanstack/react-query';
import { FileStack, Play, SearchX } from 'lucide-react';
import { Link, useNavigate } from 'react-router';
import type { WorkflowDef } from '../../conductor/types';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { Input } from '../../ui/field';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { allVersionsQuery, definitionsQuery } from '../client/queries';
import { FirstWorkflow } from '../parts/first-workflow';
import { paths } from '../paths';
import styles from './definitions.module.css';

interface Row {
  definition: WorkflowDef;
  versions: readonly number[];
}

/** Workflow definitions by name, with their versions. */
export function Definitions() {
  const definitions = useQuery(definitionsQuery);
  const versions = useQuery(allVersionsQuery);
  return (
    <Page title="Definitions" description="Workflows that this cluster can run, each by its latest version.">
      <Loaded query={definitions} what="definitions" skeleton={<Skeleton height={480} />}>
        {(all) =>
          all.length === 0 ? (
            <Card>
              <NoDefinitions />
            </Card>
          ) : (
            <List
              rows={all.map((definition) => ({
                definition,
                versions: (versions.data?.[definition.name] ?? [definition]).map(({ version }) => version),
              }))}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function List({ rows }: { rows: readonly Row[] }) {
  const [text, setText] = useAddressState('q');
  const navigate = useNavigate();
  const wanted = text.trim().toLowerCase();
  const found = rows
    .filter(({ definition: { name, description } }) =>
      `${name} ${description ?? ''}`.toLowerCase().includes(wanted),
    )
    .sort((a, b) => a.definition.name.localeCompare(b.definition.name));
  return (
    <>
      <Input
        type="search"
        className={styles.search}
        placeholder="Find a definition"
        aria-label="Find a definition"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Card flush>
        <Table
          label="Definitions"
          columns={columns}
          rows={found}
          rowKey={({ definition }) => definition.name}
          onOpen={({ definition }) => void navigate(paths.definition(definition.name))}
          empty={
            <EmptyState
              icon={<SearchX size={32} aria-hidden />}
              title="No definition matches"
              action={<Button onClick={() => setText('')}>Show all</Button>}
            >
              None of {rows.length} definitions has “{text.trim()}” in its name or description.
            </EmptyState>
          }
        />
      </Card>
    </>
  );
}

const columns: Column<Row>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ definition }) => (
      <span className={styles.name}>
        <Link to={paths.definition(definition.name)}>{definition.name}</Link>
        {definition.description && <span className={styles.description}>{definition.description}</span>}
      </span>
    ),
  },
  {
    key: 'versions',
    title: 'Versions',
    width: '132px',
    render: ({ definition, versions }) => (
      <span className={styles.versions}>
        {[...versions]
          .sort((a, b) => b - a)
          .slice(0, 3)
          .map((version) => (
            <Link
              key={version}
              to={paths.definition(definition.name, version)}
              aria-label={`Version ${version}`}
            >
              <Badge>{version}</Badge>
            </Link>
          ))}
        {versions.length > 3 && <span className="muted">+{versions.length - 3}</span>}
      </span>
    ),
  },
  {
    key: 'tasks',
    title: 'Inputs',
    width: '220px',
    secondary: true,
    render: ({ definition }) => (
      <span className={styles.inputs}>{definition.inputParameters?.join(', ')}</span>
    ),
  },
  {
    key: 'updated',
    title: 'Changed',
    width: '128px',
    align: 'end',
    secondary: true,
    render: ({ definition: { updateTime, createTime } }) => {
      const at = updateTime || createTime;
      return at ? <RelativeTime at={at} /> : null;
    },
  },
  {
    key: 'run',
    title: <span className="visually-hidden">Run</span>,
    width: '56px',
    align: 'end',
    render: ({ definition }) => <RunButton name={definition.name} />,
  },
];

function RunButton({ name }: { name: string }) {
  const navigate = useNavigate();
  return (
    <IconButton label={`Run ${name}`} size="small" onClick={() => void navigate(paths.run(name))}>
      <Play aria-hidden />
    </IconButton>
  );
}

function NoDefinitions() {
  return (
    <>
      <EmptyState icon={<FileStack size={32} aria-hidden />} title="Register your first definition">
        <p>
          A definition says which tasks run in which order. Register one with an SDK, or paste this into a
          shell; it shows up here as soon as you look again.
        </p>
      </EmptyState>
      <FirstWorkflow />
    </>
  );
}
