import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { classNames } from './class-names';
import { rowReached } from './row-keys';
import styles from './table.module.css';

export interface Column<Row> {
  key: string;
  title: ReactNode;
  render: (row: Row) => ReactNode;
  /** Numbers and times stand at the end. */
  align?: 'start' | 'end';
  /** CSS width, such as "120px"; columns without one share the rest. */
  width?: string;
  /** Left out on narrow screens. */
  secondary?: boolean;
}

export interface TableProps<Row> {
  /** Name for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Opens a row, by click or Enter. Give the first column a real link too, for new tabs and screen readers. */
  onOpen?: (row: Row) => void;
  selected?: string;
  /** Stands in for the rows when there are none. */
  empty?: ReactNode;
}

/** A dense table with a sticky head. Arrow and page keys, Home and End walk along the rows, Enter opens one. */
export function Table<Row>({ label, columns, rows, rowKey, onOpen, selected, empty }: TableProps<Row>) {
  const [active, setActive] = useState(0);
  const last = rows.length - 1;

  function walk(event: KeyboardEvent<HTMLTableRowElement>, index: number, row: Row) {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' && onOpen !== undefined) {
      event.preventDefault();
      onOpen(row);
      return;
    }
    const to = rowReached(event.key, index, last);
    if (to === undefined) return;
    event.preventDefault();
    const sibling = event.currentTarget.parentElement?.children[to];
    if (sibling instanceof HTMLElement) sibling.focus();
  }

  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                style={{ width: column.width }}
                className={classNames(
                  column.align === 'end' && styles.end,
                  column.secondary && styles.secondary,
                )}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => {
            const key = rowKey(row);
            return (
              <tr
                key={key}
                className={classNames(
                  onOpen !== undefined && styles.open,
                  key === selected && styles.selected,
                )}
                // One stop for the tab key; the arrows do the rest.
                tabIndex={onOpen === undefined ? undefined : index === Math.min(active, last) ? 0 : -1}
                onFocus={() => setActive(index)}
                onKeyDown={(event) => walk(event, index, row)}
                onClick={(event) => {
                  if (onOpen !== undefined && !isOccupied(event.target)) onOpen(row);
                }}
              >
                {columns.map((column) => (
                  <td
                    key={column.key}
                    className={classNames(
                      column.align === 'end' && styles.end,
                      column.secondary && styles.secondary,
                    )}
                  >
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length === 0 && empty}
    </div>
  );
}

/** Whether a click was meant for something in the row, or ended a selection of text. */
function isOccupied(element: EventTarget): boolean {
  if (element instanceof Element && element.closest('a, button, input, select, label') !== null) return true;
  return (window.getSelection()?.toString() ?? '') !== '';
}
