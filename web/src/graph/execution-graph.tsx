import { Maximize, Search, ZoomIn, ZoomOut } from 'lucide-react';
import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Execution, WorkflowDef } from '../conductor/types';
import { IconButton } from '../ui/button';
import { classNames } from '../ui/class-names';
import { Drawing } from './drawing';
import { FindTask } from './find-task';
import styles from './graph.module.css';
import { GroupList } from './group-list';
import type { GraphNode, Layout } from './layout';
import type { NodeActions } from './node-view';
import { edgeState, type GroupItem, type Overlay } from './overlay';
import { locate, type Place, visibleId, wayTo } from './places';
import type { Contents, SubWorkflowRequest } from './scene';
import { byUrgency } from './state';
import { useGraphKeys } from './use-graph-keys';
import { useScene } from './use-scene';
import { useViewport } from './use-viewport';
import {
  firstLook,
  follow,
  type Region,
  regionAround,
  reveal,
  type Size,
  showWhole,
  type Viewport,
} from './viewport';
import { type Direction, step } from './walk';

export interface ExecutionGraphProps {
  definition: WorkflowDef;
  /** Without it the definition is drawn as it is. */
  execution?: Execution | undefined;
  /**
   * The selected task by its reference name in the execution: `encode`, `encode__3` inside a loop, `ship/pack` inside an
   * opened sub-workflow.
   */
  selected?: string | undefined;
  onSelect?: (reference: string | undefined) => void;
  /** Contents of opened sub-workflows, by the key of their request. */
  subWorkflows?: Contents;
  /** Tells which sub-workflows are open, so that their contents can be loaded. Without it they stay closed. */
  onSubWorkflowsWanted?: (requests: readonly SubWorkflowRequest[]) => void;
  className?: string;
}

/** Drawings of up to so many nodes are drawn whole, larger ones as far as they are in view. */
const drawnWhole = 300;

/** Zoom below which texts are less than 4 px high. */
const smallestReadable = 0.3;

const noContents: Contents = new Map();

/**
 * The graph of a definition and, if there is one, of its execution. It fills its container. Drag and wheel move it,
 * ctrl-wheel and pinch zoom, `f` shows all of it, `/` finds a task, arrow keys walk along the edges, Enter selects.
 */
export function ExecutionGraph(props: ExecutionGraphProps) {
  const { definition, execution } = props;
  // Another execution is another drawing: nothing that was opened or moved in this one means anything there.
  return <Graph key={execution?.workflowId ?? `${definition.name}.${definition.version}`} {...props} />;
}

function Graph(props: ExecutionGraphProps) {
  const {
    definition,
    execution,
    selected,
    onSelect,
    subWorkflows = noContents,
    onSubWorkflowsWanted,
  } = props;
  const container = useRef<HTMLDivElement>(null);
  const scene = useScene(definition, execution, subWorkflows);
  const { layout, overlay, places, wanted } = scene;
  const view = useViewport(container);
  const { viewport, size, set, glide } = view;

  const drawn = useMemo(() => new Map(layout.nodes.map((node) => [node.id, node])), [layout]);
  const located = selected === undefined ? undefined : locate(selected, places);
  const selectedId = located && visibleId(located.place, (id) => drawn.has(id));
  const [focused, setFocused] = useState<string>();
  const currentId = [focused, selectedId, firstTask(layout)].find((id) => id !== undefined && drawn.has(id));
  /** The node that gets the focus as soon as it is drawn. */
  const toFocus = useRef<string>(undefined);
  useEffect(() => {
    if (toFocus.current !== undefined && focusNode(container.current, toFocus.current))
      toFocus.current = undefined;
  });
  const [listed, setListed] = useState<string>();
  const [finding, setFinding] = useState(false);
  /** The node that must not move when the layout changes next. */
  const anchor = useRef<string>(undefined);

  const small = viewport.zoom < smallestReadable;
  const region = useRegion(viewport, layout.nodes.length > drawnWhole ? size : undefined);

  const wantedKeys = wanted.map((request) => request.key).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same keys ask for the same contents
  useEffect(() => onSubWorkflowsWanted?.(wanted), [wantedKeys, onSubWorkflowsWanted]);

  // A selected iteration is the one to show.
  const { showIterations } = scene;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new selection decides; afterwards the viewer may turn pages
  useEffect(() => {
    if (located) showIterations(located.iterations);
  }, [selected, located?.place.id]);

  // Who turns a loop's pages wants to see the selected task in the next iteration.
  const turned = useRef<string>(undefined);
  useEffect(() => {
    if (turned.current === undefined) return;
    const reference = overlay?.nodes.get(turned.current)?.ref;
    turned.current = undefined;
    if (reference !== undefined && reference !== selected) onSelect?.(reference);
  });

  // A selection inside a sub-workflow opens its way there.
  const { setOpen } = scene;
  const way = selected !== undefined && !located ? wayTo(selected, places) : undefined;
  useEffect(() => {
    if (way !== undefined) setOpen(way, true);
  }, [way, setOpen]);

  const before = useRef<Layout>(undefined);
  useLayoutEffect(() => {
    if (!size || size.width === 0) return;
    const old = before.current;
    before.current = layout;
    if (!old) set(firstLook(layout, size, drawn.get(selectedId ?? mostUrgent(layout, overlay) ?? '')));
    else if (old !== layout) set((v) => follow(v, old, layout, size, anchor.current ?? selectedId));
    anchor.current = undefined;
  }, [layout, size, set, drawn, selectedId, overlay]);

  const revealNode = useCallback(
    (id: string | undefined) => {
      const node = id === undefined ? undefined : drawn.get(id);
      if (node && size) glide((v) => reveal(v, node, size));
    },
    [drawn, size, glide],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new selection comes into view; a new layout does not move it
  useEffect(() => revealNode(selectedId), [selectedId, size]);

  const select = useCallback(
    (id: string) => onSelect?.(overlay?.nodes.get(id)?.ref ?? id),
    [onSelect, overlay],
  );
  const toggle = (id: string) => {
    anchor.current = id;
    const close = drawn.get(id)?.open === true;
    // What is selected inside goes out of sight with it, and would open it again.
    if (close && located?.place.id.startsWith(`${id}/`)) select(id);
    setOpen(id, !close);
  };
  const actions = useStableActions({
    select: (id) => {
      if (selectedId === id && overlay?.nodes.get(id)?.ref === selected) onSelect?.(undefined);
      else select(id);
    },
    toggle,
    list: (id) => setListed(id),
    showIteration: (id, iteration) => {
      anchor.current = id;
      if (located?.place.loops.includes(id)) turned.current = located.place.id;
      showIterations(new Map([[id, iteration]]));
    },
    focus: setFocused,
  });

  const move = (direction: Direction) => {
    if (currentId === undefined) return;
    const taken = (edge: Layout['edges'][number]) =>
      overlay !== undefined && edgeState(edge, overlay) === 'taken';
    const next = step(layout, currentId, direction, taken);
    if (next === undefined || !drawn.get(next)?.task) return;
    revealNode(next);
    setFocused(next);
    toFocus.current = next;
  };
  const showAll = () => size && glide(() => showWhole(layout, size));
  const find = useCallback(() => setFinding(true), []);
  useGraphKeys({ f: showAll, '/': find, '+': () => view.zoomBy(1.25), '-': () => view.zoomBy(0.8) });

  function pickPlace(place: Place) {
    setFinding(false);
    for (const id of place.within) {
      const fold = drawn.get(id);
      if (fold?.role === 'group' && fold.open === false) setOpen(id, true);
    }
    select(place.id);
    setFocused(place.id);
    toFocus.current = place.id;
  }

  function pickItem(id: string, item: GroupItem) {
    if (item.iteration !== undefined) {
      anchor.current = id;
      setOpen(id, true);
      showIterations(new Map([[id, item.iteration]]));
    }
    onSelect?.(item.ref);
  }

  function keys(event: KeyboardEvent) {
    const direction = arrows[event.key];
    if (direction && event.target instanceof Element && event.target.closest('[data-node]')) {
      event.preventDefault();
      move(direction);
    } else if (event.key === 'Escape' && selected !== undefined) onSelect?.(undefined);
  }

  const group = listed === undefined ? undefined : overlay?.groups.get(listed);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the nodes in it
    <div className={classNames(styles.graph, props.className)} onKeyDown={keys}>
      <div ref={container} className={styles.window} data-dragging={view.dragging || undefined}>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be drawn in SVG */}
        <svg className={styles.svg} role="group" aria-label={`Graph of ${definition.name}`}>
          <g transform={`scale(${viewport.zoom}) translate(${-viewport.x} ${-viewport.y})`}>
            {size && (
              <Drawing
                layout={layout}
                overlay={overlay}
                execution={execution}
                selectedId={selectedId}
                currentId={currentId}
                region={region}
                small={small}
                actions={actions}
              />
            )}
          </g>
        </svg>
      </div>
      {finding && (
        <FindTask places={places} overlay={overlay} onPick={pickPlace} onClose={() => setFinding(false)} />
      )}
      {group && listed !== undefined && (
        <GroupList
          name={places.get(listed)?.task.taskReferenceName ?? listed}
          group={group}
          selected={selected}
          onPick={(item) => pickItem(listed, item)}
          onClose={() => {
            setListed(undefined);
            toFocus.current = listed;
          }}
        />
      )}
      <div className={styles.toolbar} role="toolbar" aria-label="View">
        <IconButton label="Zoom out" size="small" onClick={() => view.zoomBy(0.8)}>
          <ZoomOut aria-hidden />
        </IconButton>
        <span className={styles.zoom}>{Math.round(viewport.zoom * 100)}%</span>
        <IconButton label="Zoom in" size="small" onClick={() => view.zoomBy(1.25)}>
          <ZoomIn aria-hidden />
        </IconButton>
        <IconButton label="Show all (f)" size="small" onClick={showAll}>
          <Maximize aria-hidden />
        </IconButton>
        <IconButton label="Find a task (/)" size="small" onClick={find}>
          <Search aria-hidden />
        </IconButton>
      </div>
    </div>
  );
}

const arrows: Record<string, Direction | undefined> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** Reports whether the node is drawn. */
function focusNode(container: HTMLElement | null, id: string): boolean {
  const nodes = [...(container?.querySelectorAll<SVGElement>('[data-node]') ?? [])];
  const node = nodes.find(({ dataset }) => dataset.node === id)?.querySelector('[role="button"]');
  if (!(node instanceof SVGElement)) return false;
  // The graph brings it into view by itself; the browser would scroll the page.
  node.focus({ preventScroll: true });
  return true;
}

/** The part to draw around the view; the same object while it is the same part. */
function useRegion(viewport: Viewport, size: Size | undefined): Region | undefined {
  const kept = useRef<Region>(undefined);
  const next = size && regionAround(viewport, size);
  const same = (Object.keys(next ?? {}) as (keyof Region)[]).every(
    (key) => kept.current?.[key] === next?.[key],
  );
  if (!next || !same || !kept.current) kept.current = next;
  return kept.current;
}

function firstTask(layout: Layout): string | undefined {
  return layout.nodes.find((node) => node.task)?.id;
}

/** What the viewer should see first: a failure, else where the flow is now. */
function mostUrgent(layout: Layout, overlay: Overlay | undefined): string | undefined {
  if (!overlay) return undefined;
  const quiet = byUrgency.indexOf('pending');
  let found: { node: GraphNode; rank: number } | undefined;
  for (const node of layout.nodes) {
    const state = overlay.nodes.get(node.id)?.state;
    if (!state || !node.task || node.role === 'frame') continue;
    const rank = byUrgency.indexOf(state);
    if (rank < quiet && (!found || rank < found.rank)) found = { node, rank };
  }
  return found?.node.id;
}

/** The same actions under one identity, so that nodes are drawn anew only when they change. */
function useStableActions(actions: NodeActions): NodeActions {
  const latest = useRef(actions);
  latest.current = actions;
  return useMemo(
    () => ({
      select: (id) => latest.current.select(id),
      toggle: (id) => latest.current.toggle(id),
      list: (id) => latest.current.list(id),
      showIteration: (id, iteration) => latest.current.showIteration(id, iteration),
      focus: (id) => latest.current.focus(id),
    }),
    [],
  );
}
