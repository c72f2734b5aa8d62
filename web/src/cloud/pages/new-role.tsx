import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { permissionsQuery, rolesQuery } from '../api/queries';
import { RoleForm } from '../parts/role-form';
import { paths } from '../paths';
import { may } from '../rights';
import { roleTitle, roleWords } from '../roles';
import { useOrganization } from '../session';
import { NotFound } from './not-found';

/** Makes a role: from nothing, or as a copy of another, with what of it one may give. */
export function NewRole() {
  const organization = useOrganization();
  const org = organization.name;
  const [search] = useSearchParams();
  const from = search.get('from');
  const navigate = useNavigate();
  const permissions = useQuery(permissionsQuery);
  const roles = useQuery(rolesQuery(org));
  const model = roles.data?.find(({ id }) => id === from);
  if (from !== null && roles.data !== undefined && model === undefined) return <NotFound what="role" />;
  const title = model && roleTitle(model.id, [model]);
  return (
    <Page
      title={title === undefined ? 'Create role' : `Copy ${title}`}
      description="Tick what the role shall allow. Nobody gives more than they may do themselves."
    >
      <Loaded query={roles} what="roles" skeleton={<Skeleton height={480} />}>
        {() => (
          <Loaded query={permissions} what="permissions" skeleton={<Skeleton height={480} />}>
            {(all) => (
              <RoleForm
                key={from}
                permissions={all}
                initial={{
                  name: title === undefined ? '' : `${title} (copy)`,
                  description: model?.description ?? (model && roleWords(model.id)?.can) ?? '',
                  permissions: (model?.permissions ?? []).filter((name) => may(organization, name)),
                }}
                without={all
                  .filter(({ name }) => model?.permissions.includes(name) && !may(organization, name))
                  .map(({ title: words }) => words.toLowerCase())}
                cancel={
                  <Button asChild>
                    <Link to={paths.roles(org)}>Cancel</Link>
                  </Button>
                }
                onDone={({ id }) => void navigate(paths.role(org, id), { replace: true })}
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}
