import { KeyRound, LogOut, MonitorSmartphone, ShieldCheck } from 'lucide-react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../ui/menu';
import { useToast } from '../../ui/toast';
import { paths } from '../paths';
import { signOut, useMe } from '../session';
import styles from './account-menu.module.css';

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const me = useMe();
  const toast = useToast();
  const navigate = useNavigate();
  return (
    <Menu
      trigger={
        <Button kind="quiet" className={styles.trigger} aria-label="Account menu">
          <span className={styles.initials}>{initials(me.name)}</span>
        </Button>
      }
    >
      <MenuLabel>
        <span className={styles.name}>{me.name}</span>
        {me.email}
      </MenuLabel>
      <MenuSeparator />
      <MenuItem icon={<MonitorSmartphone aria-hidden />} onSelect={() => void navigate(paths.sessions)}>
        Sessions
      </MenuItem>
      <MenuItem icon={<ShieldCheck aria-hidden />} onSelect={() => void navigate(paths.secondFactor())}>
        Second factor
      </MenuItem>
      <MenuItem icon={<KeyRound aria-hidden />} onSelect={() => void navigate(paths.apiKeys)}>
        API keys
      </MenuItem>
      <MenuItem
        icon={<LogOut aria-hidden />}
        onSelect={() => {
          signOut().catch((error: Error) =>
            toast({ kind: 'failed', title: 'You are still signed in', detail: error.message }),
          );
        }}
      >
        Sign out
      </MenuItem>
    </Menu>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  );
  return letters.join('').toUpperCase();
}
