import type { ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
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
        <Link to={paths.execution(row.workflowId)}>{row.workflowType}</Link>
        <span className={styles.version}>.{row.version}</span>
        {row.parentWorkflowId && <span className={styles.sub}>sub-workflow</span>}
        {row.reasonForIncompletion && (
          <span className={styles.reason} title={row.reasonForIncompletion}>
            {row.reasonForIncompletion}
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

/** Executions as rows; a row opens its execution. */
export function ExecutionTable({
  label,
  rows,
  empty,
}: {
  label: string;
  rows: readonly Summary[];
  empty?: ReactNode;
}) {
  const navigate = useNavigate();
  return (
    <Table
      label={label}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.workflowId}
      onOpen={(row) => void navigate(paths.execution(row.workflowId))}
      empty={empty}
    />
  );
}
