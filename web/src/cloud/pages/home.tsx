import { Navigate } from 'react-router';
import { paths } from '../paths';
import { firstOrganization, useMe } from '../session';

/** Leads to the clusters of the organization one worked in last. */
export function Home() {
  const organization = firstOrganization(useMe());
  return (
    <Navigate
      to={organization === undefined ? paths.newOrganization : paths.clusters(organization.name)}
      replace
    />
  );
}
