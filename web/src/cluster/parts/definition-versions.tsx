import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import type { WorkflowDef } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Select } from '../../ui/field';
import { Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { definitionQuery, definitionVersionsQuery } from '../client/queries';
import type { DefinitionVersion } from '../client/types';
import { paths } from '../paths';
import { needs } from '../rights';
import { ChangeList, JsonChanges } from './definition-changes';
import styles from './definition-versions.module.css';
import { useRights } from './require-access';

/** The versions of a definition, and what changed between two of them. */
export function DefinitionVersions({ definition }: { definition: WorkflowDef }) {
  const query = useQuery(definitionVersionsQuery(definition.name));
  return (
    <Loaded query={query} what="versions" skeleton={<Skeleton height={240} />}>
      {(all) => {
        const versions = [...all].sort((a, b) => b.version - a.version);
        return (
          <div className={styles.versions}>
            <Comparison definition={definition} versions={versions} />
            <Card title="Versions" flush>
              <List name={definition.name} versions={versions} shown={definition.version} />
            </Card>
          </div>
        );
      }}
    </Loaded>
  );
}

interface VersionsProps {
  definition: WorkflowDef;
  /** Latest first. */
  versions: readonly DefinitionVersion[];
}

function Comparison({ definition, versions }: VersionsProps) {
  const [params, setParams] = useSearchParams();
  const others = versions.filter(({ version }) => version !== definition.version);
  const asked = Number(params.get('since'));
  const since =
    others.find(({ version }) => version === asked) ??
    others.find(({ version }) => version < definition.version) ??
    others[0];
  if (!since) {
    return (
      <Card title="Changes">
        <p className="muted">This is the only version. Once there is another, what changed is shown here.</p>
      </Card>
    );
  }
  return (
    <Card
      title="Changes"
      actions={
        <Select
          aria-label="Compare with"
          className={styles.since}
          value={since.version}
          onChange={(event) =>
            setParams(
              { version: String(definition.version), since: event.target.value },
              { replace: true, preventScrollReset: true },
            )
          }
        >
          {others.map(({ version }) => (
            <option key={version} value={version}>
              since version {version}
            </option>
          ))}
        </Select>
      }
      flush
    >
      <Changes name={definition.name} since={since.version} definition={definition} />
    </Card>
  );
}

function Changes({ name, since, definition }: { name: string; since: number; definition: WorkflowDef }) {
  const query = useQuery(definitionQuery(name, since));
  return (
    <Loaded query={query} what={`version ${since}`} skeleton={<Skeleton height={200} />}>
      {(before) => (
        <>
          <div className={styles.summary}>
            <ChangeList before={before} after={definition} linked />
          </div>
          <JsonChanges key={since} before={before} after={definition} />
        </>
      )}
    </Loaded>
  );
}

function List(props: { name: string; versions: readonly DefinitionVersion[]; shown: number }) {
  const { name, versions, shown } = props;
  const [asked, setAsked] = useState<number>();
  const whyNot = useRights().lacks(needs.deleteDefinition(name));
  const columns: Column<DefinitionVersion>[] = [
    {
      key: 'version',
      title: 'Version',
      render: ({ version }) => (
        <span className={styles.version}>
          <Link to={paths.definition(name, version)}>Version {version}</Link>
          {version === versions[0]?.version && <span className="muted">latest</span>}
        </span>
      ),
    },
    {
      key: 'changed',
      title: 'Changed',
      align: 'end',
      width: '140px',
      render: ({ updateTime, createTime }) => {
        const at = updateTime || createTime;
        return at ? <RelativeTime at={at} /> : null;
      },
    },
    {
      key: 'compare',
      title: <span className="visually-hidden">Compare</span>,
      align: 'end',
      width: '150px',
      secondary: true,
      render: ({ version }) =>
        version !== shown && (
          <Link to={paths.definitionChanges(name, version, shown)}>Compare with {shown}</Link>
        ),
    },
    {
      key: 'delete',
      title: <span className="visually-hidden">Delete</span>,
      align: 'end',
      width: '56px',
      render: ({ version }) => (
        <IconButton
          size="small"
          label={`Delete version ${version}`}
          disabledReason={whyNot}
          onClick={() => setAsked(version)}
        >
          <Trash2 aria-hidden />
        </IconButton>
      ),
    },
  ];
  return (
    <>
      <Table
        label="Versions"
        columns={columns}
        rows={versions}
        rowKey={({ version }) => String(version)}
        selected={String(shown)}
      />
      {asked !== undefined && (
        <DeleteVersion
          name={name}
          version={asked}
          left={versions.filter(({ version }) => version !== asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

function DeleteVersion(props: {
  name: string;
  version: number;
  /** The versions that are there afterwards, latest first. */
  left: readonly DefinitionVersion[];
  onClose: () => void;
}) {
  const { name, version, left, onClose } = props;
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Delete version ${version} of ${name}?`}
      confirm="Delete version"
      onConfirm={async () => {
        await commands.deleteDefinition(name, version);
        toast({ kind: 'success', title: `Version ${version} deleted` });
        void navigate(left[0] ? paths.definition(name, left[0].version, 'versions') : paths.definitions);
        await client.invalidateQueries({ queryKey: ['definitions'] });
      }}
    >
      Executions that run keep it to their end, and those that have ended keep their graph. It cannot be
      started any more.
      {left.length === 0 && ' It is the only version: the definition is gone with it.'}
    </ConfirmDialog>
  );
}
