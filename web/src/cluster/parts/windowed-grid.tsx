import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { classNames } from '../../ui/class-names';
import { rowReached } from '../../ui/row-keys';
import styles from './windowed-grid.module.css';

export interface WindowedGridProps<Row> {
  /** Name for screen readers. */
  label: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Height of every row in pixels. */
  rowHeight: number;
  /** CSS grid columns of head and rows. */
  columns: string;
  /** Cells with role columnheader. */
  head: ReactNode;
  /** Cells with role gridcell. */
  render: (row: Row) => ReactNode;
  selected: (row: Row) => boolean;
  onOpen: (row: Row) => void;
  /** Stands in for the rows when there are none. */
  empty: ReactNode;
}

/** Rows of which only those in view are drawn, however many there are. Arrow and page keys, Home and End walk, Enter opens. */
export function WindowedGrid<Row>(props: WindowedGridProps<Row>) {
  const { label, rows, rowKey, rowHeight, columns, head, render, selected, onOpen, empty } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const current = Math.min(active, rows.length - 1);
  const window = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });

  const selectedIndex = rows.findIndex(selected);
  const selectedKey = rows[selectedIndex] && rowKey(rows[selectedIndex]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new selection comes into view; rows that move do not scroll
  useEffect(() => {
    if (selectedIndex < 0) return;
    setActive(selectedIndex);
    window.scrollToIndex(selectedIndex);
  }, [selectedKey]);

  function walk(event: KeyboardEvent) {
    const to = rowReached(event.key, current, rows.length - 1);
    if (to === undefined) return;
    event.preventDefault();
    setActive(to);
    window.scrollToIndex(to);
    // The row may be drawn only after the scroll.
    requestAnimationFrame(() => {
      const row = scroller.current?.querySelector(`[data-index="${to}"]`);
      if (row instanceof HTMLElement) row.focus({ preventScroll: true });
    });
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: the rows of a table cannot be placed one by one
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the head has nothing to do */}
      <div
        className={classNames(styles.row, styles.head)}
        role="row"
        style={{ gridTemplateColumns: columns }}
      >
        {head}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className={styles.rows} role="rowgroup" style={{ height: window.getTotalSize() }} onKeyDown={walk}>
        {window.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            // biome-ignore lint/a11y/useSemanticElements: as above
            <div
              key={rowKey(row)}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={selected(row)}
              data-index={item.index}
              tabIndex={item.index === current ? 0 : -1}
              className={classNames(styles.row, styles.open)}
              style={{
                gridTemplateColumns: columns,
                height: rowHeight,
                transform: `translateY(${item.start}px)`,
              }}
              onFocus={() => setActive(item.index)}
              onClick={() => onOpen(row)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                onOpen(row);
              }}
            >
              {render(row)}
            </div>
          );
        })}
      </div>
      {rows.length === 0 && <div className={styles.empty}>{empty}</div>}
    </div>
  );
}
