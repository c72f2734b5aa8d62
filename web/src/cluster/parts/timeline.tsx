import { Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Execution, Task } from '../../conductor/types';
import { taskEnded, workflowEnded } from '../../conductor/types';
import { attemptAppearance, runTime, TypeIcon } from '../../graph';
import { IconButton } from '../../ui/button';
import { StateIcon, stateTone } from '../../ui/status';
import { useNow } from '../../ui/time';
import { spanText } from '../../ui/time-text';
import { filterTasks, type TaskGroup } from '../task-filter';
import { moveRange, position, type TimeRange, ticks, tickText, zoomRange } from '../time-scale';
import { TaskFilters } from './task-filters';
import { queueTime } from './task-timing';
import styles from './timeline.module.css';
import { WindowedGrid } from './windowed-grid';

interface TimelineProps {
  execution: Execution;
  selected: string;
  onSelect: (reference: string) => void;
}

/** Every attempt of every task on one time axis: how long it waited in its queue, and how long it was worked on. */
export function Timeline({ execution, selected, onSelect }: TimelineProps) {
  const [text, setText] = useState('');
  const [group, setGroup] = useState<TaskGroup>('all');
  const live = !workflowEnded(execution.status);
  const now = useNow(execution.startTime, live);
  const whole = useMemo(() => wholeRange(execution, now), [execution, now]);
  const [chosen, setChosen] = useState<TimeRange>();
  const range = chosen ?? whole;
  const tasks = useMemo(
    () =>
      filterTasks(execution.tasks, group, text).sort(
        (a, b) => a.scheduledTime - b.scheduledTime || a.seq - b.seq,
      ),
    [execution.tasks, group, text],
  );
  const zoom = (factor: number, around = 0.5) => setChosen(zoomRange(range, whole, factor, around));
  const box = useRef<HTMLDivElement>(null);
  const tickCount = useTickCount(box);
  useTimeWheel(box, (change) => setChosen((before) => change(before ?? whole, whole)));

  return (
    <div className={styles.timeline}>
      <TaskFilters text={text} group={group} onText={setText} onGroup={setGroup} count={tasks.length}>
        <span className={styles.legend} aria-hidden="true">
          <span className={styles.queued} /> in queue
          <span className={styles.sample} /> at work
        </span>
        <span className={styles.zoom}>
          <IconButton label="Zoom out" size="small" onClick={() => zoom(0.5)}>
            <ZoomOut aria-hidden />
          </IconButton>
          <IconButton label="Zoom in" size="small" onClick={() => zoom(2)}>
            <ZoomIn aria-hidden />
          </IconButton>
          <IconButton label="Whole time" size="small" onClick={() => setChosen(undefined)}>
            <Maximize aria-hidden />
          </IconButton>
        </span>
      </TaskFilters>
      <div ref={box} className={styles.grid}>
        <WindowedGrid
          label="Timeline"
          rows={tasks}
          rowKey={(task) => task.taskId}
          rowHeight={30}
          columns="clamp(132px, 24%, 260px) minmax(0, 1fr)"
          head={
            <>
              {/* biome-ignore lint/a11y/useSemanticElements: a cell of a windowed grid */}
              {/* biome-ignore lint/a11y/useFocusableInteractive: the head has nothing to do */}
              <span role="columnheader" className={styles.name}>
                Task
              </span>
              {/* biome-ignore lint/a11y/useSemanticElements: a cell of a windowed grid */}
              {/* biome-ignore lint/a11y/useFocusableInteractive: the head has nothing to do */}
              <span role="columnheader" className={styles.axis} aria-label="Time since the start">
                {ticks(range, execution.startTime, tickCount).map((tick) => (
                  <span key={tick.offset} className={styles.tick} style={{ left: `${100 * tick.at}%` }}>
                    {tickText(tick.offset)}
                  </span>
                ))}
              </span>
            </>
          }
          render={(task) => <Row task={task} range={range} now={now} />}
          selected={(task) => task.referenceTaskName === selected}
          onOpen={(task) => onSelect(task.referenceTaskName)}
          empty="No task matches."
        />
      </div>
    </div>
  );
}

const Row = memo(function Row({ task, range, now }: { task: Task; range: TimeRange; now: number }) {
  const { kind, word } = attemptAppearance(task, now);
  const queued = queueTime(task, now);
  const run = runTime(task, now);
  const attempt = task.retryCount > 0 ? ` · attempt ${task.retryCount + 1}` : '';
  const words = `${word}${attempt}, in queue ${spanText(queued)}${run === undefined ? '' : `, at work ${spanText(run)}`}`;
  const left = position(task.scheduledTime, range);
  const middle = position(task.scheduledTime + queued, range);
  const right =
    run === undefined ? middle : position((task.startTime || task.scheduledTime + queued) + run, range);
  const open = !taskEnded(task.status);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a cell of a windowed grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the row has the focus */}
      <span role="gridcell" className={styles.name}>
        <StateIcon kind={kind} size={14} />
        <TypeIcon type={task.workflowTask?.type ?? task.taskType} size={13} />
        <span className={styles.reference}>{task.referenceTaskName}</span>
        {task.retryCount > 0 && <span className={styles.attempt}>#{task.retryCount + 1}</span>}
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: a cell of a windowed grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the row has the focus */}
      <span role="gridcell" className={styles.bars} title={words} aria-label={words}>
        <span className={styles.queued} style={bar(left, middle)} />
        {run !== undefined && (
          <span
            className={styles.run}
            data-tone={stateTone[kind]}
            data-open={open || undefined}
            style={bar(middle, right)}
          />
        )}
        <span className={styles.length} {...lengthPlace(left, right)}>
          {spanText(run ?? queued)}
        </span>
      </span>
    </>
  );
});

function bar(from: number, to: number) {
  return { left: `${100 * from}%`, width: `${100 * (to - from)}%` };
}

/** Behind the bar; before it when there is no room; on its end when there is none there either. */
function lengthPlace(left: number, right: number) {
  const from = `calc(${100 * Math.max(0, right)}% + 6px)`;
  if (right <= 0.92) return { style: { left: from } };
  if (left > 0.1) return { style: { right: `calc(${100 * (1 - left)}% + 6px)` } };
  return { style: { right: `calc(${100 * Math.max(0, 1 - right)}% + 6px)` }, 'data-on-bar': true };
}

function wholeRange(execution: Execution, now: number): TimeRange {
  let to = execution.startTime + 1;
  for (const task of execution.tasks) to = Math.max(to, task.endTime, task.startTime, task.scheduledTime);
  if (!workflowEnded(execution.status)) to = Math.max(to, now);
  // Room for the length behind the last bar.
  return { from: execution.startTime, to: to + (to - execution.startTime) * 0.04 };
}

/** How many ticks have room for their texts. */
function useTickCount(element: React.RefObject<HTMLElement | null>): number {
  const [count, setCount] = useState(8);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const observer = new ResizeObserver(() => setCount(Math.max(2, Math.floor(target.clientWidth / 150))));
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return count;
}

type ChangeRange = (before: TimeRange, whole: TimeRange) => TimeRange;

/** Zooms with ctrl-wheel around the pointer and moves with a sideways wheel. */
function useTimeWheel(element: React.RefObject<HTMLElement | null>, change: (change: ChangeRange) => void) {
  const latest = useRef(change);
  latest.current = change;
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const wheel = (event: WheelEvent) => {
      const axis = target.querySelector('[role="columnheader"]:last-child')?.getBoundingClientRect();
      if (!axis) return;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const around = Math.min(1, Math.max(0, (event.clientX - axis.left) / axis.width));
        latest.current((before, whole) => zoomRange(before, whole, Math.exp(-event.deltaY / 300), around));
      } else if (sideways !== 0 && Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault();
        latest.current((before, whole) => moveRange(before, whole, sideways / axis.width));
      }
    };
    target.addEventListener('wheel', wheel, { passive: false });
    return () => target.removeEventListener('wheel', wheel);
  }, [element]);
}
