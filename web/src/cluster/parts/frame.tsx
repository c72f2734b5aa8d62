import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, NavLink, useLocation } from 'react-router';
import { IconButton } from '../../ui/button';
import { Shell } from '../../ui/layout';
import { ThemeSwitch } from '../../ui/theme';
import { leaveCluster } from '../access';
import type { Info } from '../client/types';
import { cloudAddress } from '../cloud-address';
import { paths, settingsTabs } from '../paths';

/** Secrets and environment are one place with two addresses. */
function SettingsLink() {
  const { pathname } = useLocation();
  const here = settingsTabs.some((tab) => pathname === paths.settings(tab));
  return (
    <Link to={paths.settings()} aria-current={here ? 'page' : undefined}>
      Secrets & environment
    </Link>
  );
}

/** The shell of the cluster console. The way back to the cloud leads over the organization's name. */
export function Frame({ info, children }: { info: Info; children: ReactNode }) {
  const cloud = cloudAddress(info);
  const organization = info.organization || 'Cloud console';
  const crumbs = [
    ...(cloud === undefined
      ? []
      : [
          {
            key: 'cloud',
            node: (
              <a href={cloud} title="Back to the cloud console">
                {organization}
              </a>
            ),
          },
        ]),
    { key: 'cluster', node: <Link to={paths.home}>{info.clusterName || 'Cluster'}</Link> },
  ];
  return (
    <Shell
      home={(mark) => (
        <Link to={paths.home} aria-label="Podium home">
          {mark}
        </Link>
      )}
      crumbs={crumbs}
      nav={
        <>
          <NavLink to={paths.home} end>
            Home
          </NavLink>
          <NavLink to={paths.executions()}>Executions</NavLink>
          <NavLink to={paths.definitions}>Definitions</NavLink>
          <NavLink to={paths.taskDefinitions}>Task definitions</NavLink>
          <NavLink to={paths.queues}>Queues</NavLink>
          <NavLink to={paths.schedules}>Schedules</NavLink>
          <NavLink to={paths.eventHandlers}>Event handlers</NavLink>
          <SettingsLink />
        </>
      }
      tools={
        <>
          <ThemeSwitch />
          {info.auth === 'keys' && (
            <IconButton label="Leave the cluster" onClick={leaveCluster}>
              <LogOut aria-hidden />
            </IconButton>
          )}
        </>
      }
    >
      {children}
    </Shell>
  );
}
