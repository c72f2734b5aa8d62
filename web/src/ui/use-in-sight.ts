import { type RefObject, useEffect, useRef } from 'react';

/**
 * Keeps what matches a selector in sight within a bar that may be scrolled sideways: when another one comes to match, by the
 * value of an attribute, and when the bar gets narrower. Whoever scrolls it away is left in peace.
 */
export function useInSight<E extends HTMLElement>(attribute: string, value: string): RefObject<E | null> {
  const bar = useRef<E>(null);
  useEffect(() => {
    const { current } = bar;
    if (!current) return;
    const show = () => {
      const target = current.querySelector(`[${attribute}="${value}"]`);
      if (!target) return;
      const [at, frame] = [target.getBoundingClientRect(), current.getBoundingClientRect()];
      if (at.left >= frame.left && at.right <= frame.right) return;
      current.scrollLeft += at.left - frame.left - (frame.width - at.width) / 2;
    };
    const changed = new MutationObserver(show);
    changed.observe(current, { subtree: true, childList: true, attributeFilter: [attribute] });
    const resized = new ResizeObserver(show);
    resized.observe(current);
    show();
    return () => {
      changed.disconnect();
      resized.disconnect();
    };
  }, [attribute, value]);
  return bar;
}
