import { useEffect, useState } from 'react';

/** A value once it has not changed for `pause` milliseconds; `same` tells values that count as one. */
export function useSettled<T>(value: T, pause: number, same: (a: T, b: T) => boolean = Object.is): T {
  const [settled, setSettled] = useState(value);
  const changed = !same(settled, value);
  useEffect(() => {
    if (!changed) return;
    const timer = window.setTimeout(() => setSettled(value), pause);
    return () => window.clearTimeout(timer);
  }, [value, changed, pause]);
  return settled;
}
