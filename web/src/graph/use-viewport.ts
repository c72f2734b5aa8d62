import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Point } from './layout';
import { pan, type Size, type Viewport, zoomAt } from './viewport';

/** Movement in pixels from which a press is a drag and no longer a click. */
const dragThreshold = 4;

const glideTime = 180;

export interface ViewportControl {
  viewport: Viewport;
  /** undefined until the element has been measured. */
  size: Size | undefined;
  dragging: boolean;
  set: (next: Viewport | ((before: Viewport) => Viewport)) => void;
  /** Goes there in a short movement, or at once if the viewer wishes less motion. */
  glide: (to: (before: Viewport) => Viewport) => void;
  zoomBy: (factor: number) => void;
}

/** Pan by drag and wheel, zoom by pinch and ctrl-wheel, on the given element. */
export function useViewport(element: RefObject<HTMLElement | null>): ViewportControl {
  const [viewport, setViewport] = useState<Viewport>({ x: 0, y: 0, zoom: 1 });
  const [size, setSize] = useState<Size>();
  const [dragging, setDragging] = useState(false);
  const gliding = useRef(0);
  // Ahead of the state: several changes may come before the next drawing, each on top of the one before.
  const latest = useRef(viewport);
  const show = useCallback((next: Viewport) => {
    latest.current = next;
    setViewport(next);
  }, []);

  const set = useCallback(
    (next: Viewport | ((before: Viewport) => Viewport)) => {
      cancelAnimationFrame(gliding.current);
      show(typeof next === 'function' ? next(latest.current) : next);
    },
    [show],
  );

  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    let [width, outer] = [target.clientWidth, innerWidth];
    const measure = () => {
      const next = { width: target.clientWidth, height: target.clientHeight };
      // While it is not shown there is nothing to keep in the middle; it comes back as it was.
      if (next.width === 0) return;
      // A window that gets narrower, or a phone that is turned, keeps the middle in the middle. A panel that opens beside moves
      // nothing: what was clicked stays under the pointer.
      if (innerWidth !== outer && width > 0) {
        const by = (next.width - width) / 2;
        set((before) => pan(before, by, 0));
      }
      [width, outer] = [next.width, innerWidth];
      setSize(next);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element, set]);

  useEffect(() => {
    const target = element.current;
    if (!target) return;
    return listen(target, set, setDragging);
  }, [element, set]);

  const glide = useCallback(
    (to: (before: Viewport) => Viewport) => {
      cancelAnimationFrame(gliding.current);
      const from = latest.current;
      const end = to(from);
      if (end === from || matchMedia('(prefers-reduced-motion: reduce)').matches) {
        show(end);
        return;
      }
      const start = performance.now();
      const frame = (now: number) => {
        const t = Math.min(1, (now - start) / glideTime);
        show(between(from, end, 1 - (1 - t) ** 3));
        if (t < 1) gliding.current = requestAnimationFrame(frame);
      };
      gliding.current = requestAnimationFrame(frame);
    },
    [show],
  );
  useEffect(() => () => cancelAnimationFrame(gliding.current), []);

  const zoomBy = useCallback(
    (factor: number) => {
      const middle = { x: (size?.width ?? 0) / 2, y: (size?.height ?? 0) / 2 };
      glide((before) => zoomAt(before, factor, middle));
    },
    [glide, size],
  );
  return { viewport, size, dragging, set, glide, zoomBy };
}

function between(a: Viewport, b: Viewport, t: number): Viewport {
  const mix = (from: number, to: number) => from + (to - from) * t;
  return { x: mix(a.x, b.x), y: mix(a.y, b.y), zoom: mix(a.zoom, b.zoom) };
}

type Change = (change: (before: Viewport) => Viewport) => void;

/** Wires up pointer and wheel. Returns what undoes it. */
function listen(target: HTMLElement, change: Change, setDragging: (dragging: boolean) => void): () => void {
  const fingers = new Map<number, Point>();
  let dragged = false;
  let from: Point = { x: 0, y: 0 };

  const at = (event: MouseEvent): Point => {
    const box = target.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const down = (event: PointerEvent) => {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    if (fingers.size === 0) {
      dragged = false;
      from = at(event);
    }
    fingers.set(event.pointerId, at(event));
  };

  const move = (event: PointerEvent) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    if (!dragged && Math.hypot(now.x - from.x, now.y - from.y) < dragThreshold) return;
    if (!dragged) {
      dragged = true;
      setDragging(true);
      // Captured only now: a capture on the press would take the click away from what lies under it.
      target.setPointerCapture(event.pointerId);
    }
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    if (other) change((v) => pinch(v, before, now, other));
    else change((v) => pan(v, now.x - before.x, now.y - before.y));
  };

  const up = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    if (fingers.size === 0) setDragging(false);
  };

  const click = (event: MouseEvent) => {
    if (!dragged) return;
    dragged = false;
    event.stopPropagation();
    event.preventDefault();
  };

  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.ctrlKey || event.metaKey) {
      const factor = Math.exp((-event.deltaY * unit) / 300);
      change((v) => zoomAt(v, factor, at(event)));
      return;
    }
    const sideways = event.shiftKey && event.deltaX === 0;
    const dx = sideways ? event.deltaY : event.deltaX;
    const dy = sideways ? 0 : event.deltaY;
    change((v) => pan(v, -dx * unit, -dy * unit));
  };

  target.addEventListener('pointerdown', down);
  target.addEventListener('pointermove', move);
  target.addEventListener('pointerup', up);
  target.addEventListener('pointercancel', up);
  target.addEventListener('click', click, true);
  // React listens passively to wheels, and then the page would scroll too.
  target.addEventListener('wheel', wheel, { passive: false });
  return () => {
    target.removeEventListener('pointerdown', down);
    target.removeEventListener('pointermove', move);
    target.removeEventListener('pointerup', up);
    target.removeEventListener('pointercancel', up);
    target.removeEventListener('click', click, true);
    target.removeEventListener('wheel', wheel);
  };
}

/** One finger went from `before` to `now` while the other stayed: zoom around their middle, and move with it. */
function pinch(viewport: Viewport, before: Point, now: Point, other: Point): Viewport {
  const middle = (a: Point) => ({ x: (a.x + other.x) / 2, y: (a.y + other.y) / 2 });
  const distance = (a: Point) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
  const from = middle(before);
  const to = middle(now);
  return pan(zoomAt(viewport, distance(now) / distance(before), from), to.x - from.x, to.y - from.y);
}
