import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, RadioTower } from 'lucide-react';
import type { JsonObject } from '../../conductor/types';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import { Switch } from '../../ui/switch';
import type { Column } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { eventHandlersQuery } from '../client/queries';
import type { EventHandler } from '../client/types';
import { actionText } from '../event-actions';
import { AllowedLink } from '../parts/allowed-link';
import { Catalog, NameCell } from '../parts/catalog';
import { useRights } from '../parts/require-access';
import { paths } from '../paths';
import { needs } from '../rights';

/** What is done when something happens. */
export function EventHandlers() {
  return (
    <Page
      title="Event handlers"
      description="What is done when an event comes: workflows are started, tasks ended."
      actions={<NewHandler />}
    >
      <Catalog
        one="event handler"
        many="event handlers"
        query={useQuery(eventHandlersQuery)}
        nameOf={({ name }) => name}
        textOf={({ event, description }) => `${event} ${description ?? ''}`}
        pathOf={({ name }) => paths.eventHandler(name)}
        columns={columns}
        empty={
          <EmptyState
            icon={<RadioTower size={32} aria-hidden />}
            title="No event handlers yet"
            action={<NewHandler />}
          >
            An event handler listens to a queue. When a message comes that fits its condition, it starts a
            workflow or ends a task that waits.
          </EmptyState>
        }
      />
    </Page>
  );
}

function NewHandler() {
  return (
    <AllowedLink
      kind="primary"
      to={paths.newEventHandler}
      need={needs.eventHandlers}
      icon={<Plus aria-hidden />}
    >
      New event handler
    </AllowedLink>
  );
}

const columns: Column<EventHandler>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ name, description }) => (
      <NameCell name={name} to={paths.eventHandler(name)} description={description} />
    ),
  },
  {
    key: 'event',
    title: 'Listens to',
    width: '240px',
    secondary: true,
    render: ({ event }) => <code>{event}</code>,
  },
  {
    key: 'actions',
    title: 'Does',
    width: '260px',
    secondary: true,
    render: ({ actions }) => actions.map(actionText).join(', '),
  },
  { key: 'active', title: 'Active', width: '88px', align: 'end', render: (row) => <Active handler={row} /> },
];

/** Whether the handler listens; turned on and off in its row. */
function Active({ handler }: { handler: EventHandler }) {
  const client = useQueryClient();
  const toast = useToast();
  const change = useMutation({
    mutationFn: (active: boolean) =>
      commands.updateEventHandler({ ...handler, active } as unknown as JsonObject),
    onError: (error) =>
      toast({ kind: 'failed', title: `${handler.name} was not changed`, detail: error.message }),
    onSettled: () => client.invalidateQueries({ queryKey: ['event-handlers'] }),
  });
  return (
    <Switch
      label={`${handler.name} is active`}
      disabledReason={useRights().lacks(needs.eventHandlers)}
      checked={change.isPending ? change.variables : handler.active === true}
      pending={change.isPending}
      onChange={(active) => change.mutate(active)}
    />
  );
}
