import { useQuery } from '@tanstack/react-query';
import { CalendarClock, Plus } from 'lucide-react';
import { Link } from 'react-router';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import type { Column } from '../../ui/table';
import { schedulesQuery } from '../client/queries';
import type { Schedule } from '../client/types';
import { cronText } from '../cron';
import { AllowedLink } from '../parts/allowed-link';
import { Catalog, NameCell } from '../parts/catalog';
import { paths } from '../paths';
import { needs } from '../rights';
import { clocksOf } from '../schedules';

/** Workflows that are started by the clock. */
export function Schedules() {
  return (
    <Page title="Schedules" description="Workflows that are started by the clock." actions={<NewSchedule />}>
      <Catalog
        one="schedule"
        many="schedules"
        query={useQuery(schedulesQuery)}
        nameOf={({ name }) => name}
        textOf={({ description, startWorkflowRequest }) =>
          `${description ?? ''} ${startWorkflowRequest?.name ?? ''}`
        }
        pathOf={({ name }) => paths.schedule(name)}
        columns={columns}
        empty={
          <EmptyState
            icon={<CalendarClock size={32} aria-hidden />}
            title="No schedules yet"
            action={<NewSchedule />}
          >
            A schedule starts a workflow again and again, at the times that a cron expression names.
          </EmptyState>
        }
      />
    </Page>
  );
}

function NewSchedule() {
  return (
    <AllowedLink kind="primary" to={paths.newSchedule()} need={needs.schedules} icon={<Plus aria-hidden />}>
      New schedule
    </AllowedLink>
  );
}

const columns: Column<Schedule>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ name, description }) => (
      <NameCell name={name} to={paths.schedule(name)} description={description} />
    ),
  },
  {
    key: 'state',
    title: 'State',
    width: '120px',
    render: (schedule) => <ScheduleBadge schedule={schedule} />,
  },
  {
    key: 'workflow',
    title: 'Starts',
    width: '200px',
    secondary: true,
    render: ({ startWorkflowRequest }) => {
      const name = startWorkflowRequest?.name;
      return name && <Link to={paths.definition(name)}>{name}</Link>;
    },
  },
  {
    key: 'when',
    title: 'When',
    width: '280px',
    secondary: true,
    render: (schedule) => {
      const [first, ...more] = clocksOf(schedule);
      if (!first) return null;
      return (
        <span title={`${first.cronExpression} · ${first.zoneId}`}>
          {cronText(first.cronExpression) ?? first.cronExpression}
          {more.length > 0 && `, and ${more.length} more`}
        </span>
      );
    },
  },
];

export function ScheduleBadge({ schedule: { paused } }: { schedule: Schedule }) {
  return paused ? (
    <StatusBadge kind="paused">Paused</StatusBadge>
  ) : (
    <StatusBadge kind="success">Active</StatusBadge>
  );
}
