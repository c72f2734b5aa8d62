import type { ReactNode } from 'react';
import styles from './pane.module.css';

/** A view as high as the window allows, and beside it (on narrow screens over it) what is selected in it. */
export function Pane({ panel, children }: { panel?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.pane} data-panel={panel ? true : undefined}>
      <div className={styles.view}>{children}</div>
      {panel}
    </div>
  );
}

/** Contents of a pane that scroll as a whole. */
export function Scrolled({ children }: { children: ReactNode }) {
  return <div className={styles.scrolled}>{children}</div>;
}
