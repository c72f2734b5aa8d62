import { useQuery } from '@tanstack/react-query';
import { FileStack, Play, Plus } from 'lucide-react';
import { useCallback } from 'react';
import { Link, useNavigate } from 'react-router';
import type { WorkflowDef } from '../../conductor/types';
import { IconButton } from '../../ui/button';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import type { Column } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { allVersionsQuery, definitionsQuery } from '../client/queries';
import type { DefinitionVersion } from '../client/types';
import { AllowedLink } from '../parts/allowed-link';
import { Catalog, NameCell } from '../parts/catalog';
import { FirstWorkflow } from '../parts/first-workflow';
import { useRights } from '../parts/require-access';
import { paths } from '../paths';
import { needs, whomToAsk } from '../rights';
import styles from './definitions.module.css';

interface Row {
  definition: WorkflowDef;
  versions: readonly number[];
}

/** Workflow definitions by name, with their versions. */
export function Definitions() {
  const versions = useQuery(allVersionsQuery);
  const rows = useQuery({ ...definitionsQuery, select: useRows(versions.data) });
  return (
    <Page
      title="Definitions"
      description="Workflows that this cluster can run, each by its latest version."
      actions={<NewDefinition />}
    >
      <Catalog
        one="definition"
        many="definitions"
        query={rows}
        nameOf={({ definition }) => definition.name}
        textOf={({ definition }) => definition.description}
        pathOf={({ definition }) => paths.definition(definition.name)}
        columns={columns}
        empty={<NoDefinitions />}
      />
    </Page>
  );
}

function useRows(versions: Record<string, DefinitionVersion[]> | undefined) {
  return useCallback(
    (all: WorkflowDef[]): Row[] =>
      all.map((definition) => ({
        definition,
        versions: (versions?.[definition.name] ?? [definition]).map(({ version }) => version),
      })),
    [versions],
  );
}

function NewDefinition() {
  return (
    <AllowedLink
      kind="primary"
      to={paths.newDefinition}
      need={needs.newDefinition}
      icon={<Plus aria-hidden />}
    >
      New definition
    </AllowedLink>
  );
}

const columns: Column<Row>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ definition }) => (
      <NameCell
        name={definition.name}
        to={paths.definition(definition.name)}
        description={definition.description}
      />
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
    <IconButton
      label={`Run ${name}`}
      size="small"
      disabledReason={useRights().lacks(needs.run(name))}
      onClick={() => void navigate(paths.run(name))}
    >
      <Play aria-hidden />
    </IconButton>
  );
}

function NoDefinitions() {
  const rights = useRights();
  if (!rights.may('workflow:read')) {
    return (
      <EmptyState icon={<FileStack size={32} aria-hidden />} title="Nothing is shared with you yet">
        Definitions that somebody shares with you show up here. {whomToAsk(rights.me)}
      </EmptyState>
    );
  }
  return (
    <>
      <EmptyState
        icon={<FileStack size={32} aria-hidden />}
        title="Register your first definition"
        action={<NewDefinition />}
      >
        <p>
          A definition says which tasks run in which order. Write one here, register one with an SDK, or paste
          this into a shell.
        </p>
      </EmptyState>
      <FirstWorkflow />
    </>
  );
}
