import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, NavLink, Outlet, useParams } from 'react-router';
import { Reconnecting } from '../../console/reconnecting';
import type { Organization } from '../api/client';
import { useLiveOrganization } from '../api/live';
import { catalogQuery } from '../api/queries';
import { NotFoundOutside } from '../pages/not-found';
import { paths } from '../paths';
import { may } from '../rights';
import { OrganizationContext, rememberOrganization, useMe } from '../session';
import { ClosedBanner } from './closed-banner';
import { FactorWanted } from './factor-wanted';
import { Frame } from './frame';

/** The frame of an organization's pages: its places, and its changes as they happen. */
export function OrganizationFrame() {
  const { org = '' } = useParams();
  const organization = useMe().organizations.find(({ name }) => name === org);
  if (organization === undefined) return <NotFoundOutside />;
  if (organization.secondFactorMissing) return <FactorWanted org={org} />;
  return (
    <OrganizationContext value={organization}>
      <Known key={org} organization={organization} />
    </OrganizationContext>
  );
}

function Known({ organization }: { organization: Organization }) {
  const org = organization.name;
  const { cluster } = useParams();
  const live = useLiveOrganization(org);
  const known = may(organization, 'cloudaccount.read');
  const catalog = useQuery({ ...catalogQuery(org), enabled: known });
  // Where no cloud is made in customers' accounts, there is nothing to do with one.
  const accounts = known && catalog.data?.some((cloud) => cloud.accounts);
  useEffect(() => rememberOrganization(org), [org]);
  return (
    <Frame
      org={org}
      crumbs={
        cluster === undefined
          ? []
          : [{ key: 'cluster', node: <Link to={paths.cluster(org, cluster)}>{cluster}</Link> }]
      }
      nav={
        <>
          <NavLink to={paths.clusters(org)}>Clusters</NavLink>
          <NavLink to={paths.operations(org)}>Operations</NavLink>
          <NavLink to={paths.projects(org)}>Projects</NavLink>
          {accounts && <NavLink to={paths.cloudAccounts(org)}>Cloud accounts</NavLink>}
          <NavLink to={paths.members(org)}>Members</NavLink>
          {may(organization, 'group.read') && <NavLink to={paths.groups(org)}>Groups</NavLink>}
          {may(organization, 'role.read') && <NavLink to={paths.roles(org)}>Roles</NavLink>}
          {may(organization, 'serviceaccount.read') && (
            <NavLink to={paths.serviceAccounts(org)}>Service accounts</NavLink>
          )}
          <NavLink to={paths.usage(org)}>Usage</NavLink>
          {may(organization, 'sso.read') && <NavLink to={paths.singleSignOn(org)}>Single sign-on</NavLink>}
          {may(organization, 'audit.read') && <NavLink to={paths.audit(org)}>Audit log</NavLink>}
          <NavLink to={paths.organization(org)}>Organization</NavLink>
        </>
      }
      status={<Reconnecting live={live} />}
    >
      <ClosedBanner organization={organization} />
      <Outlet />
    </Frame>
  );
}
