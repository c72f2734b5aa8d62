import { ChevronsUpDown, Plus } from 'lucide-react';
import { Link, useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '../../ui/menu';
import { paths } from '../paths';
import { useMe } from '../session';
import styles from './organization-switcher.module.css';

/** Names the present organization and leads to the others. */
export function OrganizationSwitcher({ current }: { current?: string }) {
  const me = useMe();
  const navigate = useNavigate();
  return (
    <Menu
      align="start"
      trigger={
        <Button kind="quiet" className={styles.trigger} aria-label={`Organization ${current ?? ''}`.trim()}>
          <span className={styles.name}>{current ?? 'Organization'}</span>
          <ChevronsUpDown aria-hidden />
        </Button>
      }
    >
      {me.organizations.length > 0 && (
        <>
          <MenuChoice
            label="Organizations"
            value={current ?? ''}
            options={me.organizations.map(({ name }) => ({ value: name, label: name }))}
            onChange={(org) => void navigate(paths.clusters(org))}
          />
          <MenuSeparator />
        </>
      )}
      <MenuItem asChild>
        <Link to={paths.newOrganization}>
          <Plus aria-hidden />
          New organization
        </Link>
      </MenuItem>
    </Menu>
  );
}
