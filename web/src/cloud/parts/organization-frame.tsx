import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, Outlet, useParams } from 'react-router';
import { Place } from '../../console/place';
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
          <Place to={paths.clusters(org)} also={[paths.createCluster(org)]}>
            Clusters
          </Place>
          <Place to={paths.operations(org)}>Operations</Place>
          <Place to={paths.projects(org)}>Projects</Place>
          {accounts && <Place to={paths.cloudAccounts(org)}>Cloud accounts</Place>}
          <Place to={paths.members(org)}>Members</Place>
          {may(organization, 'group.read') && <Place to={paths.groups(org)}>Groups</Place>}
          {may(organization, 'role.read') && (
            <Place to={paths.roles(org)} also={[paths.newRole(org), paths.compareRoles(org)]}>
              Roles
            </Place>
          )}
          {may(organization, 'serviceaccount.read') && (
            <Place to={paths.serviceAccounts(org)}>Service accounts</Place>
          )}
          <Place to={paths.usage(org)}>Usage</Place>
          {may(organization, 'sso.read') && <Place to={paths.singleSignOn(org)}>Single sign-on</Place>}
          {may(organization, 'audit.read') && <Place to={paths.audit(org)}>Audit log</Place>}
          <Place to={paths.organization(org)}>Organization</Place>
        </>
      }
      status={<Reconnecting live={live} />}
    >
      <ClosedBanner organization={organization} />
      <Outlet />
    </Frame>
  );
}
