import { ChevronLeft, ChevronRight, List, Minus, Play, Plus, Repeat2, Square } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { StateIcon, stateTone } from '../ui/status';
import styles from './graph.module.css';
import { Histogram } from './histogram';
import { TypeIcon } from './icons';
import type { GraphNode } from './layout';
import { nodeSize } from './layout';
import type { Group, NodeOverlay } from './overlay';
import { stateKind, worst } from './state';
import { fitText } from './text-fit';
import { groupText, kindText, sizeText, spokenText, stateText } from './words';

/** What a node can be asked to do. Ids are node ids. */
export interface NodeActions {
  select: (id: string) => void;
  toggle: (id: string) => void;
  list: (id: string) => void;
  showIteration: (id: string, iteration: number) => void;
  focus: (id: string) => void;
}

export interface NodeViewProps {
  node: GraphNode;
  overlay: NodeOverlay | undefined;
  group: Group | undefined;
  /** Epoch milliseconds; given only to nodes whose text depends on it, so that the others stay as they are. */
  now: number;
  selected: boolean;
  /** The one node that the tab key stops at. */
  current: boolean;
  /** Too small for texts to be read, which are left out then. */
  small: boolean;
  actions: NodeActions;
}

export const NodeView = memo(function NodeView(props: NodeViewProps) {
  const { node } = props;
  switch (node.role) {
    case 'start':
    case 'end':
      return <Terminal {...props} />;
    case 'merge': {
      const state = props.overlay?.state;
      return <circle className={styles.merge} data-state={state} cx={node.x + 5} cy={node.y + 5} r={4} />;
    }
    case 'task':
      return <TaskNode {...props} />;
    case 'group':
      return <GroupNode {...props} />;
    case 'frame':
      return <FrameNode {...props} />;
  }
});

function Terminal({ node, overlay }: NodeViewProps) {
  const Icon = node.role === 'start' ? Play : Square;
  return (
    <g className={styles.terminal} transform={`translate(${node.x} ${node.y})`} data-state={overlay?.state}>
      <title>{node.role === 'start' ? 'Start' : 'End'}</title>
      <circle cx={14} cy={14} r={13} />
      <Icon x={8} y={8} width={12} height={12} aria-hidden />
    </g>
  );
}

function TaskNode(props: NodeViewProps) {
  const { node, overlay } = props;
  const { width, height } = node;
  return (
    <NodeShell {...props} controls={node.open !== undefined && <Knob {...props} x={width} y={height / 2} />}>
      <Box width={width} height={height} moving={overlay?.state === 'running'} />
      <Heading {...props} width={width} />
      <Attempts overlay={overlay} x={width - 12} />
    </NodeShell>
  );
}

/** Many branches or iterations in one: two sheets behind it, and how its members are doing. */
function GroupNode({ overlay: own, ...rest }: NodeViewProps) {
  const { node, group } = rest;
  const { width, height } = node;
  const line = height - 30;
  const members = group !== undefined && group.items.length > 0;
  // A fork itself has ended as soon as its branches have begun; here they are what it stands for.
  const overlay = own && members ? { ...own, state: worst(group.items.map((item) => item.state)) } : own;
  const props = { ...rest, overlay };
  const controls = (
    <>
      {members && <ListButton {...props} group={group} x={12} y={line} width={width - 24} />}
      {node.open !== undefined && <Knob {...props} x={width} y={28} />}
    </>
  );
  return (
    <NodeShell {...props} controls={controls}>
      <rect className={styles.sheet} x={8} y={8} width={width - 16} height={height} rx={8} />
      <rect className={styles.sheet} x={4} y={4} width={width - 8} height={height} rx={8} />
      <Box width={width} height={height} moving={overlay?.state === 'running'} />
      <Heading {...props} width={width} />
      {!members && (
        <text className={styles.detail} x={12} y={line + 16}>
          {node.task?.type === 'DO_WHILE'
            ? 'Iterations are known as it runs'
            : 'Branches are known when it runs'}
        </text>
      )}
    </NodeShell>
  );
}

/** An opened loop or sub-workflow; its contents are drawn over it. */
function FrameNode(props: NodeViewProps) {
  const { node, overlay, group } = props;
  const { width, height } = node;
  const head = nodeSize.frame;
  const left = (width - head.width) / 2;
  const shown = group?.shown;
  const controls = (
    <>
      {group && shown !== undefined && (
        <>
          <Iterations {...props} group={group} shown={shown} x={left + head.width - 116} />
          <ListButton {...props} group={group} x={left + head.width - 116} y={33} width={92} compact />
        </>
      )}
      <Knob {...props} x={left + head.width} y={head.height / 2} />
    </>
  );
  return (
    <NodeShell {...props} controls={controls}>
      <rect className={styles.frame} width={width} height={height} rx={12} />
      <g transform={`translate(${left} 0)`}>
        <Box width={head.width} height={head.height} moving={false} />
        <Heading {...props} width={head.width - (shown === undefined ? 0 : 108)} />
        <Attempts overlay={overlay} x={head.width - 12} />
      </g>
    </NodeShell>
  );
}

function Box({ width, height, moving }: { width: number; height: number; moving: boolean }) {
  return (
    <>
      <rect className={styles.box} width={width} height={height} rx={8} />
      {moving && <rect className={styles.moving} width={width} height={height} rx={8} pathLength={100} />}
    </>
  );
}

interface NodeShellProps extends NodeViewProps {
  /** Buttons of their own, which may not lie within the node's. */
  controls?: ReactNode;
  children: ReactNode;
}

/** What all task nodes share: place, state, selection, focus. */
function NodeShell({
  node,
  overlay,
  group,
  now,
  selected,
  current,
  actions,
  controls,
  children,
}: NodeShellProps) {
  const state = overlay?.state;
  return (
    <g
      className={styles.node}
      data-node={node.id}
      data-role={node.role}
      data-state={state}
      data-tone={state && stateTone[stateKind[state]]}
      data-selected={selected || undefined}
      transform={`translate(${node.x} ${node.y})`}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a button element cannot be drawn in SVG */}
      <g
        role="button"
        tabIndex={current ? 0 : -1}
        aria-label={node.task && spokenText(node.task, overlay, group, now)}
        aria-pressed={selected}
        className={styles.press}
        onClick={() => actions.select(node.id)}
        onFocus={() => actions.focus(node.id)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') actions.select(node.id);
          else if (event.key === ' ' && node.open !== undefined) actions.toggle(node.id);
          else if (event.key === ' ' && group) actions.list(node.id);
          else return;
          event.preventDefault();
        }}
      >
        {children}
      </g>
      {controls}
    </g>
  );
}

const nameFont = { size: 13, weight: 600 };
const detailFont = { size: 12, weight: 400 };

function Heading({ node, overlay, group, now, small, width }: NodeViewProps & { width: number }) {
  const { task } = node;
  if (!task || small) return null;
  const room = width - 44 - (overlay ? 34 : 12);
  const folded = node.role === 'group' && group !== undefined && group.items.length > 0;
  const detail = folded ? groupText(group) : overlay ? stateText(overlay, now) : kindText(task);
  return (
    <>
      <rect className={styles.tile} x={10} y={14} width={28} height={28} rx={6} />
      <g className={styles.type} transform="translate(16 20)">
        <TypeIcon type={task.type} />
      </g>
      <text className={styles.name} x={46} y={24}>
        {fitText(task.taskReferenceName, room, nameFont, 'middle')}
      </text>
      <text className={overlay ? styles.state : styles.detail} x={46} y={42}>
        {fitText(detail, width - 56, detailFont)}
      </text>
      {overlay && (
        <g transform={`translate(${width - 28} 10)`}>
          <StateIcon kind={stateKind[overlay.state]} />
        </g>
      )}
      <title>
        {[task.taskReferenceName, kindText(task), overlay && stateText(overlay, now)]
          .filter(Boolean)
          .join('\n')}
      </title>
    </>
  );
}

/** How often the task was tried, on its upper border. */
function Attempts({ overlay, x }: { overlay: NodeOverlay | undefined; x: number }) {
  const count = overlay?.attempts.length ?? 0;
  if (count < 2) return null;
  return (
    <g className={styles.attempts} transform={`translate(${x} 0)`}>
      <rect x={-92} y={-10} width={92} height={20} rx={10} />
      <Repeat2 x={-84} y={-6} width={12} height={12} aria-hidden />
      <text x={-68} y={4}>
        {count} attempts
      </text>
    </g>
  );
}

/** The round button on a node's border that opens and closes it. */
function Knob({ node, actions, current, x, y }: NodeViewProps & { x: number; y: number }) {
  const Icon = node.open ? Minus : Plus;
  const label = `${node.open ? 'Close' : 'Open'} ${node.task?.taskReferenceName}`;
  return (
    <g
      className={styles.knob}
      transform={`translate(${x} ${y})`}
      {...press(label, () => actions.toggle(node.id), current)}
    >
      <circle className={styles.target} r={14} />
      <circle className={styles.round} r={9} />
      <Icon x={-6} y={-6} width={12} height={12} aria-hidden />
    </g>
  );
}

function Iterations({
  node,
  group,
  shown,
  x,
  actions,
  current,
}: NodeViewProps & { group: Group; shown: number; x: number }) {
  const numbers = group.items.flatMap((item) => item.iteration ?? []);
  const at = numbers.indexOf(shown);
  const go = (to: number | undefined) => to !== undefined && actions.showIteration(node.id, to);
  const before = numbers[at - 1];
  const after = numbers[at + 1];
  return (
    <g className={styles.iterations} transform={`translate(${x} 8)`}>
      <text x={46} y={14}>
        {shown} of {numbers.at(-1)}
      </text>
      <g aria-disabled={before === undefined} {...press('Previous iteration', () => go(before), current)}>
        <rect className={styles.target} width={20} height={20} rx={4} />
        <ChevronLeft x={3} y={3} width={14} height={14} aria-hidden />
      </g>
      <g
        transform="translate(72 0)"
        aria-disabled={after === undefined}
        {...press('Next iteration', () => go(after), current)}
      >
        <rect className={styles.target} width={20} height={20} rx={4} />
        <ChevronRight x={3} y={3} width={14} height={14} aria-hidden />
      </g>
    </g>
  );
}

interface ListButtonProps extends NodeViewProps {
  group: Group;
  x: number;
  y: number;
  width: number;
  compact?: boolean;
}

/** How the members of a group are doing; opens their list. */
function ListButton({ node, group, x, y, width, compact = false, actions, current }: ListButtonProps) {
  const bar = width - 26;
  return (
    <g
      className={styles.list}
      transform={`translate(${x} ${y})`}
      {...press(
        `List the ${sizeText(group)} of ${node.task?.taskReferenceName}`,
        () => actions.list(node.id),
        current,
      )}
    >
      <rect className={styles.target} width={width} height={22} rx={5} />
      <Histogram counts={group.counts} x={4} y={compact ? 8 : 7} width={bar} height={compact ? 6 : 8} />
      <List x={width - 18} y={4} width={14} height={14} aria-hidden />
    </g>
  );
}

/** Makes an SVG group a button of its own within a node. */
function press(label: string, onPress: () => void, focusable: boolean) {
  return {
    role: 'button',
    'aria-label': label,
    tabIndex: focusable ? 0 : -1,
    onClick: (event: React.MouseEvent) => {
      event.stopPropagation();
      onPress();
    },
    onKeyDown: (event: React.KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      event.stopPropagation();
      onPress();
    },
  };
}
