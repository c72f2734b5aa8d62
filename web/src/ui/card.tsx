import type { ReactNode } from 'react';
import styles from './card.module.css';
import { classNames } from './class-names';

export interface CardProps {
  title?: ReactNode;
  /** One line under the title. */
  description?: ReactNode;
  /** Buttons right of the title. */
  actions?: ReactNode;
  /** Without padding, for tables and code that reach the edges. */
  flush?: boolean;
  className?: string;
  children?: ReactNode;
}

/** A surface for one subject, with an optional heading of the second level. */
export function Card({ title, description, actions, flush = false, className, children }: CardProps) {
  return (
    <section className={classNames(styles.card, className)}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles.head}>
          <div className={styles.titles}>
            {title !== undefined && <h2>{title}</h2>}
            {description !== undefined && <p className={styles.description}>{description}</p>}
          </div>
          {actions !== undefined && <div className={styles.actions}>{actions}</div>}
        </header>
      )}
      {children !== undefined && <div className={flush ? styles.flush : styles.body}>{children}</div>}
    </section>
  );
}
