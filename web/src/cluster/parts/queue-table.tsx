import { Link, useNavigate } from 'react-router';
import { Badge, StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import type { Overview } from '../client/types';
import { paths } from '../paths';
import { type QueueRow, queueRows, unattended } from '../queues';
import styles from './queue-table.module.css';

type Row = QueueRow & { lonely: boolean };

const columns: Column<Row>[] = [
  {
    key: 'queue',
    title: 'Task type',
    render: (row) => (
      <span className={styles.name}>
        <Link to={paths.queue(row.taskType, row.domain)}>{row.taskType}</Link>
        {row.domain && <Badge title="Domain">{row.domain}</Badge>}
        {row.lonely && (
          <StatusBadge kind="warning" title="Tasks wait here, and no worker has polled for a minute">
            No worker
          </StatusBadge>
        )}
      </span>
    ),
  },
  {
    key: 'depth',
    title: 'Waiting',
    align: 'end',
    width: '96px',
    render: (row) => row.depth.toLocaleString(),
  },
  {
    key: 'inFlight',
    title: 'In progress',
    align: 'end',
    width: '104px',
    render: (row) => row.inFlight.toLocaleString(),
  },
  {
    key: 'pollers',
    title: 'Pollers',
    align: 'end',
    width: '88px',
    secondary: true,
    render: (row) => row.pollers.toLocaleString(),
  },
  {
    key: 'lastPoll',
    title: 'Last poll',
    align: 'end',
    width: '120px',
    secondary: true,
    render: (row) => (row.lastPoll === undefined ? 'never' : <RelativeTime at={row.lastPoll} />),
  },
  {
    key: 'worker',
    title: 'By',
    width: '180px',
    secondary: true,
    render: (row) => <span className={styles.cut}>{row.worker}</span>,
  },
];

interface QueueTableProps {
  overview: Overview;
  limit?: number;
  /** What the names must contain. */
  text?: string;
}

/** Queues, deepest first, and whether anyone comes for what is in them. */
export function QueueTable({ overview, limit, text = '' }: QueueTableProps) {
  const navigate = useNavigate();
  const lonely = new Set(unattended(overview).map((row) => row.key));
  const wanted = text.trim().toLowerCase();
  const rows = queueRows(overview)
    .filter((row) => row.key.toLowerCase().includes(wanted))
    .map((row): Row => ({ ...row, lonely: lonely.has(row.key) }));
  return (
    <Table
      label="Queues"
      columns={columns}
      rows={rows.slice(0, limit)}
      rowKey={(row) => row.key}
      onOpen={(row) => void navigate(paths.queue(row.taskType, row.domain))}
      empty={
        <p className={styles.none}>
          {wanted === ''
            ? 'No task has waited for a worker yet, and no worker has polled.'
            : `No queue has “${text.trim()}” in its name.`}
        </p>
      }
    />
  );
}
