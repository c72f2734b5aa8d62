import * as Radix from '@radix-ui/react-dropdown-menu';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names';
import styles from './menu.module.css';

/** A menu that drops from its trigger, a Button or IconButton. */
export function Menu({
  trigger,
  align = 'end',
  children,
}: {
  trigger: ReactElement;
  align?: 'start' | 'end';
  children: ReactNode;
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.content} align={align} sideOffset={6} collisionPadding={8}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface MenuItemProps {
  icon?: ReactNode;
  danger?: boolean;
  /** Why it cannot be used now; shown under the name. */
  disabledReason?: string;
  onSelect?: () => void;
  /** Draws the only child (a router's link) as the item. */
  asChild?: boolean;
  children: ReactNode;
}

/** One thing to do. */
export function MenuItem({
  icon,
  danger = false,
  disabledReason,
  onSelect,
  asChild,
  children,
}: MenuItemProps) {
  const className = classNames(styles.item, danger && styles.danger);
  if (asChild) {
    return (
      <Radix.Item asChild className={className} onSelect={onSelect}>
        {children}
      </Radix.Item>
    );
  }
  return (
    <Radix.Item className={className} disabled={disabledReason !== undefined} onSelect={onSelect}>
      {icon}
      <span>
        {children}
        {disabledReason !== undefined && <span className={styles.reason}>{disabledReason}</span>}
      </span>
    </Radix.Item>
  );
}

/** A choice of one among several. */
export function MenuChoice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: Value;
  /** A hint stands under the label and explains it. */
  options: readonly { value: Value; label: ReactNode; hint?: ReactNode }[];
  onChange: (value: Value) => void;
}) {
  return (
    <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as Value)}>
      <Radix.Label className={styles.label}>{label}</Radix.Label>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={styles.item}>
          <span className={styles.mark}>
            <Radix.ItemIndicator>
              <Check aria-hidden />
            </Radix.ItemIndicator>
          </span>
          {option.hint === undefined ? (
            option.label
          ) : (
            <span>
              {option.label}
              <span className={styles.hint}>{option.hint}</span>
            </span>
          )}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

/** Text that heads a part of the menu. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className={styles.label}>{children}</Radix.Label>;
}

/** A line between parts of the menu. */
export function MenuSeparator() {
  return <Radix.Separator className={styles.separator} />;
}
