import { ChevronRight } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { classNames } from './class-names';
import styles from './layout.module.css';
import { Mark } from './mark';
import { useInSight } from './use-in-sight';

export interface ShellProps {
  /** The product mark's link; its child is drawn by the shell. */
  home: (children: ReactNode) => ReactNode;
  /** Where one is: pieces between the mark and the right end, such as the organization switcher. */
  crumbs?: readonly { key: string; node: ReactNode }[];
  /** Links to the main places; the present one carries aria-current="page". */
  nav?: ReactNode;
  /** Theme switch, user menu. */
  tools?: ReactNode;
  children: ReactNode;
}

/** The frame of every signed-in page: header, places, content. */
export function Shell({ home, crumbs = [], nav, tools, children }: ShellProps) {
  const places = useInSight<HTMLElement>('aria-current', 'page');
  return (
    <>
      <a href="#content" className={styles.skip}>
        Skip to content
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          {home(
            <span className={styles.mark}>
              <Mark />
              <span className={styles.name}>Podium</span>
            </span>,
          )}
          {crumbs.length > 0 && (
            <nav aria-label="Breadcrumb" className={styles.crumbs}>
              <ol>
                {crumbs.map((crumb) => (
                  <li key={crumb.key}>
                    <ChevronRight aria-hidden className={styles.chevron} />
                    {crumb.node}
                  </li>
                ))}
              </ol>
            </nav>
          )}
          <div className={styles.tools}>{tools}</div>
        </div>
        {nav !== undefined && (
          <nav ref={places} aria-label="Main" className={styles.nav}>
            {nav}
          </nav>
        )}
      </header>
      <main id="content" tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </>
  );
}

export interface PageProps {
  /** The heading, also the window's title when it is text. */
  title: ReactNode;
  /** The window's title, when the heading is not plain text. */
  windowTitle?: string;
  /** Beside the heading, such as a status. */
  badge?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Narrow for forms, normal for most, wide for graphs and long tables. */
  width?: 'narrow' | 'normal' | 'wide';
  children: ReactNode;
}

/** One page within the shell: heading, actions, content. */
export function Page(props: PageProps) {
  const { title, windowTitle, badge, description, actions, width = 'normal', children } = props;
  useWindowTitle(windowTitle ?? (typeof title === 'string' ? title : undefined));
  return (
    <div className={classNames(styles.page, styles[width])}>
      <div className={styles.head}>
        <div className={styles.titles}>
          <div className={styles.title}>
            <h1>{title}</h1>
            {badge}
          </div>
          {description !== undefined && <div className={styles.description}>{description}</div>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** A page of its own without the shell: sign-in and its like. */
export function Door({
  title,
  children,
  footer,
}: {
  title: string;
  children: ReactNode;
  footer?: ReactNode;
}) {
  useWindowTitle(title);
  return (
    <main className={styles.door}>
      <div className={styles.doorMark}>
        <Mark size={28} />
        <span className={styles.name}>Podium</span>
      </div>
      <div className={styles.doorCard}>
        <h1>{title}</h1>
        {children}
      </div>
      {footer !== undefined && <p className={styles.doorFooter}>{footer}</p>}
    </main>
  );
}

function useWindowTitle(title: string | undefined) {
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Podium`;
  }, [title]);
}
