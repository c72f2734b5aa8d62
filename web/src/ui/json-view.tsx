import { ChevronDown, ChevronRight, ChevronUp } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { IconButton } from './button';
import { classNames } from './class-names';
import { CopyButton } from './copy';
import {
  type Json,
  type JsonLine,
  jsonLines,
  pageSize,
  reveal,
  searchJson,
  type Unfolded,
  unfoldTo,
} from './json-lines';
import styles from './json-view.module.css';

export interface JsonViewProps {
  value: unknown;
  /** What it is, such as "input"; names it for screen readers. */
  label: string;
  /** Levels that are open at first. */
  depth?: number;
  maxHeight?: number;
}

/** A JSON value as a tree that folds, with search and copy. Megabytes cost only what is unfolded. */
export function JsonView({ value, label, depth = 2, maxHeight }: JsonViewProps) {
  const json = value === undefined ? null : (value as Json);
  const [unfolded, setUnfolded] = useState<Unfolded>(() => unfoldTo(json, depth));
  const [query, setQuery] = useState('');
  const [position, setPosition] = useState(0);
  const wanted = useDeferredValue(query);
  const matches = useMemo(() => searchJson(json, wanted), [json, wanted]);
  const current = matches[position];
  const lines = useMemo(
    () => jsonLines(json, current === undefined ? unfolded : reveal(unfolded, current)),
    [json, unfolded, current],
  );

  function go(to: number) {
    if (matches.length === 0) return;
    if (current !== undefined) setUnfolded(reveal(unfolded, current));
    setPosition((to + matches.length) % matches.length);
  }

  function fold(line: JsonLine) {
    const next = new Map(unfolded);
    if (line.kind === 'open') next.delete(line.path);
    else next.set(line.path, (line.kind === 'more' ? (unfolded.get(line.path) ?? 0) : 0) + pageSize);
    setUnfolded(next);
  }

  return (
    <div className={styles.view}>
      <div className={styles.bar}>
        <input
          type="search"
          className={styles.search}
          placeholder="Search"
          aria-label={`Search ${label}`}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setPosition(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') go(position + (event.shiftKey ? -1 : 1));
          }}
        />
        <span className={styles.count} role="status">
          {wanted === '' ? '' : countText(matches.length, position)}
        </span>
        {matches.length > 1 && (
          <>
            <IconButton size="small" label="Previous match" onClick={() => go(position - 1)}>
              <ChevronUp aria-hidden />
            </IconButton>
            <IconButton size="small" label="Next match" onClick={() => go(position + 1)}>
              <ChevronDown aria-hidden />
            </IconButton>
          </>
        )}
        <span className={styles.copy}>
          <CopyButton text={() => JSON.stringify(json, null, 2)} what={label} />
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className={styles.lines} style={{ maxHeight }} tabIndex={0} aria-label={label}>
        {lines.map((line) => (
          <Line
            key={`${line.kind === 'close' || line.kind === 'more' ? line.kind : ''}${line.path}`}
            line={line}
            found={line.path === current?.path && line.kind !== 'close' && line.kind !== 'more'}
            onFold={fold}
          />
        ))}
      </section>
    </div>
  );
}

function countText(count: number, position: number): string {
  if (count === 0) return 'no match';
  return `${position + 1} of ${count === 1000 ? '1000+' : count}`;
}

function Line({ line, found, onFold }: { line: JsonLine; found: boolean; onFold: (line: JsonLine) => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (found) element.current?.scrollIntoView?.({ block: 'nearest' });
  }, [found]);
  const foldable = line.kind === 'open' || line.kind === 'folded';
  const content = (
    <>
      {line.key !== undefined && (
        <>
          <span className={typeof line.key === 'string' ? styles.key : styles.index}>
            {typeof line.key === 'string' ? JSON.stringify(line.key) : line.key}
          </span>
          {': '}
        </>
      )}
      <span className={classNames(line.type !== undefined ? styles[line.type] : styles.bracket)}>
        {line.text}
      </span>
      {line.comma && ','}
    </>
  );
  return (
    <div
      ref={element}
      className={classNames(styles.line, found && styles.found)}
      style={{ paddingLeft: `${line.depth * 16 + 20}px` }}
    >
      {foldable || line.kind === 'more' ? (
        <button
          type="button"
          className={styles.fold}
          aria-expanded={foldable ? line.kind === 'open' : undefined}
          onClick={() => onFold(line)}
        >
          {foldable && (
            <ChevronRight aria-hidden className={classNames(line.kind === 'open' && styles.down)} />
          )}
          {content}
        </button>
      ) : (
        content
      )}
    </div>
  );
}
