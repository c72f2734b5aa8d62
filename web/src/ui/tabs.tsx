import * as Radix from '@radix-ui/react-tabs';
import type { ReactNode } from 'react';
import styles from './tabs.module.css';
import { useInSight } from './use-in-sight';

export interface Tab {
  value: string;
  label: ReactNode;
  content: ReactNode;
}

export interface TabsProps {
  /** Name of the list for screen readers. */
  label: string;
  value: string;
  onChange: (value: string) => void;
  tabs: readonly Tab[];
  /** Smaller, for panels and code. */
  size?: 'small' | 'medium';
}

/** Views of one subject. The caller holds the choice, so that it can live in the address. */
export function Tabs({ label, value, onChange, tabs, size = 'medium' }: TabsProps) {
  const list = useInSight<HTMLDivElement>('data-state', 'active');
  return (
    <Radix.Root value={value} onValueChange={onChange} className={styles[size]}>
      <Radix.List ref={list} className={styles.list} aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.value} value={tab.value} className={styles.tab}>
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className={styles.content}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
