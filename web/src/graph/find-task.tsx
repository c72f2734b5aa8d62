import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { StateIcon } from '../ui/status';
import styles from './find-task.module.css';
import { TypeIcon } from './icons';
import type { Overlay } from './overlay';
import type { Place } from './places';
import { stateKind } from './state';
import { kindText } from './words';

export interface FindTaskProps {
  places: ReadonlyMap<string, Place>;
  overlay: Overlay | undefined;
  onPick: (place: Place) => void;
  onClose: () => void;
}

const shownAtMost = 8;

/** Finds a task by its name, however it is folded away. */
export function FindTask({ places, overlay, onPick, onClose }: FindTaskProps) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const matches = useMemo(() => find(places, text), [places, text]);
  useEffect(() => input.current?.focus(), []);

  function keys(event: KeyboardEvent) {
    const match = matches[active];
    if (event.key === 'Escape') onClose();
    else if (event.key === 'ArrowDown') setActive(Math.min(active + 1, matches.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else if (event.key === 'Enter' && match) onPick(match);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <search className={styles.panel}>
      <input
        ref={input}
        type="text"
        role="combobox"
        className={styles.input}
        placeholder="Find a task by name or type"
        aria-label="Find a task"
        aria-expanded={matches.length > 0}
        aria-controls={id}
        aria-activedescendant={matches[active] && `${id}-${active}`}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={keys}
        onBlur={onClose}
      />
      <div id={id} role="listbox" aria-label="Tasks" className={styles.list} tabIndex={-1}>
        {matches.map((place, i) => (
          <div
            key={place.id}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === active}
            className={styles.option}
            // Before the input loses the focus, which would close the list.
            onPointerDown={(event) => {
              event.preventDefault();
              onPick(place);
            }}
          >
            <TypeIcon type={place.task.type} size={14} />
            <span className={styles.name}>{place.id}</span>
            <span className={styles.kind}>{kindText(place.task)}</span>
            {overlay?.nodes.has(place.id) && (
              <StateIcon kind={stateKind[overlay.nodes.get(place.id)?.state ?? 'pending']} size={14} />
            )}
          </div>
        ))}
      </div>
      {matches.length === 0 && <p className={styles.none}>No task is called that.</p>}
    </search>
  );
}

/** Places whose name begins with the text come first, then those that contain it, by name or kind. */
function find(places: ReadonlyMap<string, Place>, text: string): Place[] {
  const wanted = text.trim().toLowerCase();
  const ranked: { place: Place; rank: number }[] = [];
  for (const place of places.values()) {
    const name = place.id.toLowerCase();
    const rank = name.startsWith(wanted)
      ? 0
      : name.includes(wanted)
        ? 1
        : `${kindText(place.task)} ${place.task.type} ${place.task.name}`.toLowerCase().includes(wanted)
          ? 2
          : undefined;
    if (rank !== undefined) ranked.push({ place, rank });
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, shownAtMost)
    .map(({ place }) => place);
}
