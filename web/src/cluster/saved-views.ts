import { useCallback, useSyncExternalStore } from 'react';

/** A search that somebody gave a name, kept in this browser. */
export interface SavedView {
  name: string;
  /** The address's query, without its `?`. */
  query: string;
}

const keyOf = (clusterId: string) => `podium-views-${clusterId}`;
const listeners = new Set<() => void>();

/** What is kept for a cluster; what cannot be read counts as nothing. */
export function readViews(text: string | null): SavedView[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is SavedView {
  const { name, query } = (value ?? {}) as Partial<SavedView>;
  return typeof name === 'string' && typeof query === 'string';
}

/** The views of a cluster, by name, and a way to keep others. They are the same in all windows of this browser. */
export function useSavedViews(clusterId: string): [SavedView[], (views: readonly SavedView[]) => void] {
  const key = keyOf(clusterId);
  const text = useSyncExternalStore(subscribe, () => stored(key));
  const keep = useCallback(
    (views: readonly SavedView[]) => {
      try {
        localStorage.setItem(key, JSON.stringify(views));
      } catch {
        throw new Error('This browser keeps nothing for this page: its storage is full or switched off.');
      }
      for (const listener of listeners) listener();
    },
    [key],
  );
  return [readViews(text).sort((a, b) => a.name.localeCompare(b.name)), keep];
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}
