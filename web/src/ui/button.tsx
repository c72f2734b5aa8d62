import { Slot } from '@radix-ui/react-slot';
import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { classNames } from './class-names';
import { Tooltip } from './tooltip';

export interface ButtonProps extends ComponentProps<'button'> {
  /** One primary button per page; danger for what destroys. */
  kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
  size?: 'small' | 'medium' | 'large';
  icon?: ReactNode;
  /** Work is under way: the button keeps its size and its focus, and does nothing. */
  pending?: boolean;
  /** Why the button cannot be used now; shown on hover and focus. The button stays reachable by keyboard. */
  disabledReason?: string;
  /** Draws the only child (a router's link) as the button. */
  asChild?: boolean;
}

/** A push button. It is of type "button" unless told otherwise, so it never submits a form by accident. */
export function Button({ icon, children, asChild = false, ...rest }: ButtonProps) {
  if (asChild) {
    const { kind = 'secondary', size = 'medium', className, ...props } = rest;
    return (
      <Slot className={look(kind, size, className)} {...(props as ComponentProps<typeof Slot>)}>
        {children}
      </Slot>
    );
  }
  const button = (
    <Control {...rest}>
      {icon !== undefined && <span className={styles.part}>{icon}</span>}
      <span className={styles.part}>{children}</span>
    </Control>
  );
  return rest.disabledReason === undefined ? (
    button
  ) : (
    <Tooltip content={rest.disabledReason}>{button}</Tooltip>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'asChild'> {
  /** Name for screen readers, also the tooltip. */
  label: string;
  children: ReactNode;
}

/** A square button with an icon alone. */
export function IconButton({ label, kind = 'quiet', className, children, ...rest }: IconButtonProps) {
  return (
    <Tooltip content={rest.disabledReason ?? label}>
      <Control {...rest} kind={kind} aria-label={label} className={classNames(styles.square, className)}>
        <span className={styles.part}>{children}</span>
      </Control>
    </Tooltip>
  );
}

function look(kind: string, size: string, className?: string) {
  return classNames(styles.button, styles[kind], styles[size], className);
}

function Control({
  kind = 'secondary',
  size = 'medium',
  pending = false,
  disabledReason,
  className,
  onClick,
  ...rest
}: Omit<ButtonProps, 'icon' | 'asChild'>) {
  const inert = pending || disabledReason !== undefined;
  return (
    <button
      type="button"
      {...rest}
      className={look(kind, size, className)}
      aria-disabled={inert || undefined}
      aria-busy={pending || undefined}
      data-pending={pending || undefined}
      // Not the disabled attribute: it would take the focus away and hide the reason from the keyboard.
      onClick={inert ? (event) => event.preventDefault() : onClick}
    />
  );
}
