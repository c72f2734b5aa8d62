import { useQuery } from '@tanstack/react-query';
import { Copy, Plus } from 'lucide-react';
import { Link, useNavigate } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import type { RoleDefinition } from '../api/client';
import { rolesQuery } from '../api/queries';
import { type Holder, holdersInWords, useHolders } from '../parts/role-holders';
import { paths } from '../paths';
import { useWhyNot } from '../rights';
import { roleTitle, roleWords } from '../roles';
import { useOrganization } from '../session';

/** The roles that there are: those of the organization's own making, and the built-in ones. */
export function Roles() {
  const { name: org } = useOrganization();
  const roles = useQuery(rolesQuery(org));
  const holders = useHolders();
  const navigate = useNavigate();
  const reason = useWhyNot()('role.update', 'make roles');
  const create = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={reason}
      onClick={() => void navigate(paths.newRole(org))}
    >
      Create role
    </Button>
  );
  const columns = columnsFor(org, holders, reason, (id) => void navigate(paths.newRole(org, id)));
  return (
    <Page
      title="Roles"
      description="A role says what people and programs may do. Roles add up: none takes away what another gives."
      actions={
        <>
          <Button asChild>
            <Link to={paths.compareRoles(org)}>Compare roles</Link>
          </Button>
          {create}
        </>
      }
    >
      <Loaded query={roles} what="roles" skeleton={<Skeleton height={480} />}>
        {(data) => (
          <div className="stack">
            {sections.map(({ kind, title, description }) => (
              <Card key={kind} flush title={title} description={description}>
                <Table
                  label={title}
                  columns={columns}
                  rows={data.filter((role) => role.kind === kind)}
                  rowKey={({ id }) => id}
                  onOpen={({ id }) => void navigate(paths.role(org, id))}
                  empty={
                    <EmptyState title="No roles of your own yet" action={create}>
                      When no built-in role fits, copy the nearest one and tick what it shall allow.
                    </EmptyState>
                  }
                />
              </Card>
            ))}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

const sections: { kind: RoleDefinition['kind']; title: string; description: string }[] = [
  {
    kind: 'custom',
    title: 'Roles of your own',
    description:
      'For members, and for projects and clusters. They change for everybody who has them, at once.',
  },
  {
    kind: 'organization',
    title: 'Roles for members',
    description: 'Everybody in the organization has one. It holds in all of it.',
  },
  {
    kind: 'part',
    title: 'Roles for projects and clusters',
    description: 'Given beside the role of a member, for one project or one cluster.',
  },
];

const columnsFor = (
  org: string,
  holders: ((role: string) => Holder[]) | undefined,
  reason: string | undefined,
  onCopy: (id: string) => void,
): Column<RoleDefinition>[] => [
  {
    key: 'name',
    title: 'Role',
    width: '180px',
    render: ({ id, name }) => (
      <Link to={paths.role(org, id)}>
        <strong>{roleWords(id)?.title ?? name}</strong>
      </Link>
    ),
  },
  {
    key: 'can',
    title: 'Allows',
    secondary: true,
    render: ({ id, description }) => roleWords(id)?.can ?? description ?? '',
  },
  {
    key: 'holders',
    title: 'Who has it',
    width: '180px',
    render: ({ id }) => holders && <span className="muted">{holdersInWords(holders(id))}</span>,
  },
  {
    key: 'copy',
    title: <span className="visually-hidden">Actions</span>,
    align: 'end',
    width: '56px',
    render: ({ id, name }) => (
      <IconButton
        size="small"
        label={`Copy ${roleTitle(id, [{ id, name }])}`}
        disabledReason={reason}
        onClick={() => onCopy(id)}
      >
        <Copy aria-hidden />
      </IconButton>
    ),
  },
];
