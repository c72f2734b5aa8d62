import { useQuery } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { Fragment } from 'react';
import { Link } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import type { Permission, RoleDefinition } from '../api/client';
import { permissionsQuery, rolesQuery } from '../api/queries';
import styles from '../parts/permission-matrix.module.css';
import { paths } from '../paths';
import { roleTitle } from '../roles';
import { useOrganization } from '../session';

/** All roles beside each other: which of them allows what. */
export function CompareRoles() {
  const { name: org } = useOrganization();
  const roles = useQuery(rolesQuery(org));
  const permissions = useQuery(permissionsQuery);
  return (
    <Page
      title="Compare roles"
      width="wide"
      description={
        <>
          What each role allows, where it was given. <Link to={paths.roles(org)}>All roles</Link>
        </>
      }
    >
      <Card flush>
        <Loaded query={permissions} what="permissions" skeleton={<Skeleton height={640} />}>
          {(rows) => (
            <Loaded query={roles} what="roles" skeleton={<Skeleton height={640} />}>
              {(columns) => <Comparison org={org} permissions={rows} roles={columns} />}
            </Loaded>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function Comparison({
  org,
  permissions,
  roles,
}: {
  org: string;
  permissions: Permission[];
  roles: RoleDefinition[];
}) {
  const areas = [...new Set(permissions.map(({ area }) => area))];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label="Roles beside each other">
      <table className={styles.compare} aria-label="What each role allows">
        <thead>
          <tr>
            <td />
            {roles.map((role) => (
              <th key={role.id} scope="col">
                <Link to={paths.role(org, role.id)}>{roleTitle(role.id, [role])}</Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {areas.map((area) => (
            <Fragment key={area}>
              <tr className={styles.head}>
                <th scope="colgroup" colSpan={roles.length + 1}>
                  {area}
                </th>
              </tr>
              {permissions
                .filter((one) => one.area === area)
                .map(({ name, title }) => (
                  <tr key={name}>
                    <th scope="row">{title}</th>
                    {roles.map((role) => (
                      <td key={role.id}>
                        {role.permissions.includes(name) && (
                          <>
                            <Check aria-hidden />
                            <span className="visually-hidden">Yes</span>
                          </>
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}
