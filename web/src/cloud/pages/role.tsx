import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Copy } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { answer, api, type RoleDefinition } from '../api/client';
import { keys, permissionsQuery, rolesQuery } from '../api/queries';
import { PermissionMatrix } from '../parts/permission-matrix';
import { RoleForm } from '../parts/role-form';
import { type Holder, holdersInWords, useHolders } from '../parts/role-holders';
import { paths } from '../paths';
import { may, useWhyNot } from '../rights';
import { roleTitle, roleWords } from '../roles';
import { useOrganization } from '../session';
import { NotFound } from './not-found';

/** One role: what it allows, who has it; a role of the organization's own making is changed here. */
export function RolePage() {
  const { name: org } = useOrganization();
  const { role: id = '' } = useParams();
  const roles = useQuery(rolesQuery(org));
  const role = roles.data?.find((one) => one.id === id);
  const holders = useHolders()?.(id);
  if (roles.data !== undefined && role === undefined && !roles.isFetching) return <NotFound what="role" />;
  return (
    <Page
      title={roleTitle(id, roles.data)}
      badge={
        role !== undefined &&
        role.kind !== 'custom' && <Badge title="The same in every organization">Built in</Badge>
      }
      description={
        <>
          {roleWords(id)?.can} <Link to={paths.roles(org)}>All roles</Link>
        </>
      }
      actions={role && <Actions org={org} role={role} holders={holders} />}
    >
      <Loaded query={roles} what="role" skeleton={<Skeleton height={480} />}>
        {() =>
          role && (
            <div className="stack">
              <WhoHasIt holders={holders} />
              <Allows role={role} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Actions({
  org,
  role,
  holders,
}: {
  org: string;
  role: RoleDefinition;
  holders: Holder[] | undefined;
}) {
  const reason = useWhyNot()('role.update', 'make and change roles');
  const client = useQueryClient();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const title = roleTitle(role.id, [role]);
  const inUse =
    holders !== undefined && holders.length > 0
      ? `It is in use: ${holdersInWords(holders)}. Give them another role first.`
      : undefined;

  async function remove() {
    await answer(
      api.DELETE('/organizations/{org}/roles/{role}', { params: { path: { org, role: role.id } } }),
    );
    await navigate(paths.roles(org));
    await client.invalidateQueries({ queryKey: keys.roles(org) });
  }

  return (
    <>
      <Button
        icon={<Copy aria-hidden />}
        disabledReason={reason}
        onClick={() => void navigate(paths.newRole(org, role.id))}
      >
        Copy role
      </Button>
      {role.kind === 'custom' && (
        <Button disabledReason={reason ?? inUse} onClick={() => setDeleting(true)}>
          Delete role
        </Button>
      )}
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={`Delete ${title}?`}
        confirm="Delete role"
        danger
        onConfirm={remove}
      >
        Nobody has it, so nobody loses anything.
      </ConfirmDialog>
    </>
  );
}

function WhoHasIt({ holders }: { holders: Holder[] | undefined }) {
  return (
    <Card
      flush={holders !== undefined && holders.length > 0}
      title="Who has it"
      description={holders?.length === 0 ? 'Nobody at the moment.' : undefined}
    >
      {holders === undefined ? (
        <Skeleton height={40} />
      ) : holders.length === 0 ? undefined : (
        <Table label="Who has it" columns={columns} rows={holders} rowKey={({ id }) => id} />
      )}
    </Card>
  );
}

const columns: Column<Holder>[] = [
  {
    key: 'who',
    title: 'Who',
    render: ({ name, kind }) => (
      <span className="row">
        <strong>{name}</strong>
        {kind !== 'person' && (
          <Badge>{kind === 'invitation' ? 'Invited' : kind === 'group' ? 'Group' : 'Service account'}</Badge>
        )}
      </span>
    ),
  },
  { key: 'where', title: 'Where', render: ({ where }) => where },
];

function Allows({ role }: { role: RoleDefinition }) {
  const organization = useOrganization();
  const toast = useToast();
  const permissions = useQuery(permissionsQuery);
  const covered = role.permissions.every((name) => may(organization, name));
  const changeable = role.kind === 'custom' && may(organization, 'role.update') && covered;
  return (
    <Loaded query={permissions} what="permissions" skeleton={<Skeleton height={320} />}>
      {(all) =>
        changeable ? (
          <RoleForm
            key={role.id}
            permissions={all}
            role={role}
            initial={{
              name: role.name,
              description: role.description ?? '',
              permissions: role.permissions,
            }}
            onDone={({ name }) =>
              toast({ kind: 'success', title: `${name} is changed, for everybody who has it` })
            }
          />
        ) : (
          <Card
            title="What it allows"
            description={
              role.kind === 'custom'
                ? role.description
                : 'A built-in role is the same everywhere and stays as it is. Copy it to make one of your own from it.'
            }
          >
            <PermissionMatrix permissions={all} chosen={role.permissions} />
          </Card>
        )
      }
    </Loaded>
  );
}
