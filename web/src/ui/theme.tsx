import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from './button';
import { Menu, MenuChoice } from './menu';

type Theme = 'system' | 'light' | 'dark';

const key = 'podium-theme'; // public/theme.js reads the same before the first paint.

function stored(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function apply(theme: Theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Storage is forbidden here: the choice lasts as long as the page.
  }
}

const options = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;

/** Chooses light, dark or the system's theme, and keeps the choice on this device. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(stored);
  const icon = { system: <Monitor aria-hidden />, light: <Sun aria-hidden />, dark: <Moon aria-hidden /> }[
    theme
  ];
  return (
    <Menu trigger={<IconButton label="Theme">{icon}</IconButton>}>
      <MenuChoice
        label="Theme"
        value={theme}
        options={options}
        onChange={(next) => {
          apply(next);
          setTheme(next);
        }}
      />
    </Menu>
  );
}
