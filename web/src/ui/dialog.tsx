import * as Radix from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './button';
import { classNames } from './class-names';
import styles from './dialog.module.css';

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** Escape and clicks beside it do not close it: for what is shown only once. */
  sticky?: boolean;
  width?: 'medium' | 'wide';
  children: ReactNode;
}

/** A modal dialog. Focus stays inside and returns to where it was. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  sticky = false,
  width = 'medium',
  children,
}: DialogProps) {
  const keep = sticky ? (event: Event) => event.preventDefault() : undefined;
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Radix.Content
          className={classNames(styles.content, styles[width])}
          onOpenAutoFocus={focusFirstField}
          onEscapeKeyDown={keep}
          onInteractOutside={keep}
          {...(description === undefined && { 'aria-describedby': undefined })}
        >
          <header className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            {!sticky && (
              <Radix.Close asChild>
                <IconButton label="Close" size="small">
                  <X aria-hidden />
                </IconButton>
              </Radix.Close>
            )}
          </header>
          {description !== undefined && (
            <Radix.Description asChild>
              <div className={styles.description}>{description}</div>
            </Radix.Description>
          )}
          <div className={styles.body}>{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/**
 * To where one goes on: the first field, else the first button of the content, else the whole; not the button that closes it,
 * whose tooltip would open and take the first Escape.
 */
function focusFirstField(event: Event) {
  const content = event.currentTarget;
  if (!(content instanceof HTMLElement)) return;
  const body = content.querySelector(`.${styles.body}`);
  const first =
    body?.querySelector<HTMLElement>('input, select, textarea') ?? body?.querySelector<HTMLElement>('button');
  event.preventDefault();
  (first ?? content).focus();
}
