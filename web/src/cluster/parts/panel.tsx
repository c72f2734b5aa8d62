import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { TypeIcon } from '../../graph';
import { IconButton } from '../../ui/button';
import { CopyButton } from '../../ui/copy';
import styles from './panel.module.css';

/** What is selected, beside the view it is selected in. */
export function Panel({ label, children }: { label: string; children: ReactNode }) {
  return (
    <aside className={styles.panel} aria-label={label}>
      {children}
    </aside>
  );
}

interface PanelHeadProps {
  /** Reference name of a task. */
  name: string;
  type?: string | undefined;
  onClose: () => void;
  children?: ReactNode;
}

export function PanelHead({ name, type, onClose, children }: PanelHeadProps) {
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        {type !== undefined && <TypeIcon type={type} />}
        <h2>{name}</h2>
        <CopyButton text={name} what="reference name" />
        <span className={styles.close}>
          <IconButton label="Close panel" size="small" onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        </span>
      </div>
      {children}
    </header>
  );
}

/** The part that scrolls. */
export function PanelBody({ children }: { children: ReactNode }) {
  return <div className={styles.body}>{children}</div>;
}
