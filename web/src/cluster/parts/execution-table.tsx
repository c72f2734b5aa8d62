import type { ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import { plainReason } from '../../conductor/reason';
import { workflowEnded } from '../../conductor/types';
import { ShortId } from '../../ui/copy';
import { type Column, Table } from '../../ui/table';
import { Duration, RelativeTime } from '../../ui/time';
import type { Summary } from '../client/types';
import { paths } from '../paths';
import styles from './execution-table.module.css';
import { WorkflowBadge } from './workflow-badge';

const columns: Column<Summary>[] = [
  {
    key: 'workflow',
    title: 'Workflow',
    render: (row) => (
      <span className={styles.workflow}>
        <span className={styles.name}>
          <Link to={paths.execution(row.workflowId)}>{row.workflowType}</Link>
          <span className={styles.version}>.{row.version}</span>
        </span>
        {row.parentWorkflowId && <span className={styles.sub}>sub-workflow</span>}
        {row.startTime && (
          <span className={styles.when}>
            <RelativeTime at={row.startTime} />
          </span>
        )}
        {row.reasonForIncompletion && (
          <span className={styles.reason} title={row.reasonForIncompletion}>
            {plainReason(row.reasonForIncompletion)}
          </span>
        )}
      </span>
    ),
  },
  { key: 'status', title: 'Status', width: '132px', render: (row) => <WorkflowBadge status={row.status} /> },
  {
    key: 'id',
    title: 'Id',
    width: '100px',
    secondary: true,
    render: (row) => <ShortId id={row.workflowId} what="execution id" />,
  },
  {
    key: 'correlation',
    title: 'Correlation id',
    width: '160px',
    secondary: true,
    render: (row) => <span className={styles.cut}>{row.correlationId ?? ''}</span>,
  },
  {
    key: 'started',
    title: 'Started',
    width: '112px',
    align: 'end',
    // On narrow screens it stands under the name.
    secondary: true,
    render: (row) => row.startTime && <RelativeTime at={row.startTime} />,
  },
  {
    key: 'duration',
    title: 'Took',
    width: '104px',
    align: 'end',
    secondary: true,
    render: (row) => <Took row={row} />,
  },
];

function Took({ row }: { row: Summary }) {
  if (!row.startTime) return null;
  const ended = workflowEnded(row.status) ? row.endTime || row.updateTime : undefined;
  return <Duration from={row.startTime} to={ended} />;
}

export interface Selecting {
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
}

/** Executions as rows; a row opens its execution. With `selecting` rows can be ticked. */
export function ExecutionTable({
  label,
  rows,
  selecting,
  empty,
}: {
  label: string;
  rows: readonly Summary[];
  selecting?: Selecting;
  empty?: ReactNode;
}) {
  const navigate = useNavigate();
  return (
    <Table
      label={label}
      columns={selecting ? [tickColumn(rows, selecting), ...columns] : columns}
      rows={rows}
      rowKey={(row) => row.workflowId}
      onOpen={(row) => void navigate(paths.execution(row.workflowId))}
      empty={empty}
    />
  );
}

function tickColumn(rows: readonly Summary[], { selected, onSelect }: Selecting): Column<Summary> {
  const ids = rows.map((row) => row.workflowId);
  const every = ids.length > 0 && ids.every((id) => selected.has(id));
  return {
    key: 'tick',
    title: (
      <Tick
        label="Select all on this page"
        checked={every}
        some={!every && ids.some((id) => selected.has(id))}
        onChange={() => onSelect(new Set(every ? [] : ids))}
      />
    ),
    width: '48px',
    render: ({ workflowId, workflowType }) => (
      <Tick
        label={`Select ${workflowType} ${workflowId}`}
        checked={selected.has(workflowId)}
        onChange={(checked) => {
          const next = new Set(selected);
          if (checked) next.add(workflowId);
          else next.delete(workflowId);
          onSelect(next);
        }}
      />
    ),
  };
}

function Tick(props: {
  label: string;
  checked: boolean;
  some?: boolean;
  onChange: (checked: boolean) => void;
}) {
  const { label, checked, some = false, onChange } = props;
  return (
    // The label around it makes the whole cell a target that a finger can hit.
    <label className={styles.tick}>
      <input
        type="checkbox"
        aria-label={label}
        checked={checked}
        ref={(box) => {
          if (box) box.indeterminate = some;
        }}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}
