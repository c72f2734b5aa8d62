import { useQuery } from '@tanstack/react-query';
import { Plus, Wrench } from 'lucide-react';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import type { Column } from '../../ui/table';
import { taskDefinitionsQuery } from '../client/queries';
import type { TaskDef } from '../client/types';
import { AllowedLink } from '../parts/allowed-link';
import { Catalog, NameCell } from '../parts/catalog';
import { paths } from '../paths';
import { needs } from '../rights';
import { retryText, timeoutText } from '../task-policy';

/** Registered policies of tasks: how they are retried, and when they time out. */
export function TaskDefinitions() {
  return (
    <Page
      title="Task definitions"
      description="How tasks of a name are retried and when they time out. Without one, a worker’s task gets 3 retries a minute apart."
      actions={<NewTaskDefinition />}
    >
      <Catalog
        one="task definition"
        many="task definitions"
        query={useQuery(taskDefinitionsQuery)}
        nameOf={({ name }) => name}
        textOf={({ description }) => description}
        pathOf={({ name }) => paths.taskDefinition(name)}
        columns={columns}
        empty={<None />}
      />
    </Page>
  );
}

function NewTaskDefinition() {
  return (
    <AllowedLink
      kind="primary"
      to={paths.newTaskDefinition()}
      need={needs.newTaskDefinition}
      icon={<Plus aria-hidden />}
    >
      New task definition
    </AllowedLink>
  );
}

const columns: Column<TaskDef>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ name, description }) => (
      <NameCell name={name} to={paths.taskDefinition(name)} description={description} />
    ),
  },
  { key: 'retries', title: 'Retries', width: '260px', render: (def) => retryText(def) },
  { key: 'timeouts', title: 'Times out', width: '260px', secondary: true, render: (def) => timeoutText(def) },
];

function None() {
  return (
    <EmptyState
      icon={<Wrench size={32} aria-hidden />}
      title="No task definitions yet"
      action={<NewTaskDefinition />}
    >
      SDKs register them beside their workers, and they can be written here. Workflows run without: then the
      defaults apply.
    </EmptyState>
  );
}
