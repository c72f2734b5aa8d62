import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Shell } from '../../ui/layout';
import { ThemeSwitch } from '../../ui/theme';
import { paths } from '../paths';
import { AccountMenu } from './account-menu';
import { OrganizationSwitcher } from './organization-switcher';

export interface FrameProps {
  org?: string;
  crumbs?: { key: string; node: ReactNode }[];
  nav?: ReactNode;
  /** Stands left of the tools, such as the state of the live connection. */
  status?: ReactNode;
  children: ReactNode;
}

/** The shell of the cloud console. */
export function Frame({ org, crumbs = [], nav, status, children }: FrameProps) {
  return (
    <Shell
      home={(mark) => (
        <Link to={paths.home} aria-label="Podium home">
          {mark}
        </Link>
      )}
      crumbs={[{ key: 'organization', node: <OrganizationSwitcher current={org} /> }, ...crumbs]}
      nav={nav}
      tools={
        <>
          {status}
          <ThemeSwitch />
          <AccountMenu />
        </>
      }
    >
      {children}
    </Shell>
  );
}
