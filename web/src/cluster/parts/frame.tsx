import { LogOut, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, NavLink, useLocation, useNavigate } from 'react-router';
import { Place } from '../../console/place';
import { IconButton } from '../../ui/button';
import { Shell } from '../../ui/layout';
import { ThemeSwitch } from '../../ui/theme';
import { leaveCluster } from '../access';
import type { Info, Me, Permission } from '../client/types';
import { cloudAddress } from '../cloud-address';
import { paths, type SettingsTab, settingsTabs } from '../paths';
import { roleWords } from '../roles';
import { useRights } from './require-access';

/** The places of the console, and what one must be allowed at least in part to find something there. */
const places: readonly { to: string; also?: string[]; word: string; permission: Permission }[] = [
  { to: paths.executions(), word: 'Executions', permission: 'execution:read' },
  {
    to: paths.definitions,
    also: [paths.newDefinition, '/run'],
    word: 'Definitions',
    permission: 'workflow:read',
  },
  {
    to: paths.taskDefinitions,
    also: [paths.newTaskDefinition()],
    word: 'Task definitions',
    permission: 'taskdef:read',
  },
  { to: paths.queues, word: 'Queues', permission: 'queue:read' },
  { to: paths.schedules, also: [paths.newSchedule()], word: 'Schedules', permission: 'schedule:read' },
  {
    to: paths.eventHandlers,
    also: [paths.newEventHandler],
    word: 'Event handlers',
    permission: 'event:read',
  },
];

/** Who the viewer is, and as what. */
function who({ name, email, id, roles }: Me): string {
  const titles = [...new Set(roles.map(({ role }) => roleWords(role).title))];
  return [name || email || id, ...titles].join(' · ');
}

/** Secrets and environment are one place with two addresses. */
function SettingsLink() {
  const { pathname } = useLocation();
  const rights = useRights();
  const here = settingsTabs.some((tab) => pathname === paths.settings(tab));
  const first: SettingsTab = rights.maySome('secret:list') ? 'secrets' : 'environment';
  return (
    <Link to={paths.settings(first)} aria-current={here ? 'page' : undefined}>
      Secrets & environment
    </Link>
  );
}

/** Applications, people and groups are one place. */
function AccessLink() {
  const { pathname } = useLocation();
  return (
    <Link to={paths.access()} aria-current={pathname.startsWith('/access/') ? 'page' : undefined}>
      Access
    </Link>
  );
}

/** The shell of the cluster console. The way back to the cloud leads over the organization's name. */
export function Frame({ info, children }: { info: Info; children: ReactNode }) {
  const rights = useRights();
  const navigate = useNavigate();
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
          {places
            .filter(({ permission }) => rights.maySome(permission))
            .map(({ to, also, word }) => (
              <Place key={to} to={to} also={also}>
                {word}
              </Place>
            ))}
          {(rights.maySome('secret:list') || rights.may('variable:read')) && <SettingsLink />}
          {rights.may('access:read') && <AccessLink />}
        </>
      }
      tools={
        <>
          {info.auth === 'keys' && (
            <IconButton label={`You: ${who(rights.me)}`} onClick={() => void navigate(paths.yourAccess)}>
              <UserRound aria-hidden />
            </IconButton>
          )}
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
