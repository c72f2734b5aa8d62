import { useVirtualizer } from '@tanstack/react-virtual';
import { X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { IconButton } from '../ui/button';
import { StateIcon } from '../ui/status';
import styles from './group-list.module.css';
import type { Group, GroupItem } from './overlay';
import { byUrgency, type NodeState, stateKind, stateWord } from './state';
import { orderedCounts, sizeText } from './words';

export interface GroupListProps {
  /** Reference name of the fork or loop. */
  name: string;
  group: Group;
  /** Reference of the selected task. */
  selected: string | undefined;
  onPick: (item: GroupItem) => void;
  onClose: () => void;
}

const rowHeight = 44;

/** The branches or iterations of a group, most urgent first, with a filter by state and by text. */
export function GroupList({ name, group, selected, onPick, onClose }: GroupListProps) {
  const [state, setState] = useState<NodeState>();
  const [text, setText] = useState('');
  const items = useMemo(() => select(group.items, state, text), [group.items, state, text]);
  const [active, setActive] = useState(0);
  const search = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  useEffect(() => search.current?.focus(), []);

  function walk(event: KeyboardEvent) {
    if (event.key === 'Escape') onClose();
    else if (event.key === 'ArrowDown') go(active + 1);
    else if (event.key === 'ArrowUp') go(active - 1);
    else if (event.key === 'Enter' && event.target === search.current && items[active]) onPick(items[active]);
    else return;
    event.preventDefault();
  }

  function go(to: number) {
    const next = Math.min(Math.max(0, to), items.length - 1);
    setActive(next);
    rows.scrollToIndex(next);
  }

  return (
    <section className={styles.panel} aria-label={`${sizeText(group)} of ${name}`} onKeyDown={walk}>
      <header className={styles.head}>
        <h3>
          {sizeText(group)} <span className="muted">of {name}</span>
        </h3>
        <IconButton label="Close list" size="small" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <div className={styles.filters}>
        {orderedCounts(group.counts).map(([each, count]) => (
          <button
            key={each}
            type="button"
            className={styles.chip}
            aria-pressed={state === each}
            onClick={() => {
              setState(state === each ? undefined : each);
              setActive(0);
            }}
          >
            <StateIcon kind={stateKind[each]} size={13} />
            {count.toLocaleString()} {stateWord[each].toLowerCase()}
          </button>
        ))}
      </div>
      <input
        ref={search}
        type="search"
        className={styles.search}
        placeholder="Find by name or reason"
        aria-label={`Find among ${sizeText(group)}`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
      />
      <div ref={scroller} className={styles.rows}>
        <ul style={{ height: rows.getTotalSize() }} aria-label={`${items.length.toLocaleString()} shown`}>
          {rows.getVirtualItems().map((row) => {
            const item = items[row.index];
            if (!item) return null;
            return (
              <li key={item.key} style={{ height: row.size, transform: `translateY(${row.start}px)` }}>
                <button
                  type="button"
                  className={styles.row}
                  data-active={row.index === active || undefined}
                  aria-current={isShown(item, group, selected) ? 'true' : undefined}
                  onClick={() => onPick(item)}
                >
                  <StateIcon kind={stateKind[item.state]} />
                  <span className={styles.text}>
                    <span className={styles.name}>{item.label}</span>
                    <span className={styles.reason}>{stateLine(item)}</span>
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
        {items.length === 0 && <p className={styles.none}>None of them matches.</p>}
      </div>
    </section>
  );
}

function isShown(item: GroupItem, group: Group, selected: string | undefined): boolean {
  return group.shown === undefined ? item.ref === selected : item.iteration === group.shown;
}

function select(items: readonly GroupItem[], state: NodeState | undefined, text: string): GroupItem[] {
  const wanted = text.trim().toLowerCase();
  return items
    .filter((item) => state === undefined || item.state === state)
    .filter((item) => wanted === '' || `${item.label} ${item.reason ?? ''}`.toLowerCase().includes(wanted))
    .sort((a, b) => byUrgency.indexOf(a.state) - byUrgency.indexOf(b.state));
}

function stateLine(item: GroupItem): string {
  const attempts = item.attempts > 1 ? `, ${item.attempts} attempts` : '';
  const reason = item.reason ? ` · ${item.reason}` : '';
  return `${stateWord[item.state]}${attempts}${reason}`;
}
