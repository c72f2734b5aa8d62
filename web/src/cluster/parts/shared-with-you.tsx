import { useQuery } from '@tanstack/react-query';
import { FileStack, Play } from 'lucide-react';
import type { WorkflowDef } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { Card } from '../../ui/card';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { type Column, Table } from '../../ui/table';
import { definitionsQuery } from '../client/queries';
import { paths } from '../paths';
import { needs, whomToAsk } from '../rights';
import { readSearch } from '../search';
import { AllowedLink } from './allowed-link';
import { NameCell } from './catalog';
import { Recent } from './recent';
import { useRights } from './require-access';

const everything = readSearch(new URLSearchParams());

/** The home of who may not see the whole cluster: what they may see, and run. */
export function SharedWithYou() {
  const rights = useRights();
  if (!rights.maySome('workflow:read')) {
    return (
      <Card>
        <EmptyState icon={<FileStack size={32} aria-hidden />} title="Nothing is shared with you yet">
          You are in, and what is shared with you will show up here. {whomToAsk(rights.me)}
        </EmptyState>
      </Card>
    );
  }
  return (
    <>
      <Definitions />
      {rights.maySome('execution:read') && (
        <Recent
          title="Latest executions"
          search={everything}
          empty="Nothing that you may see has been run yet."
        />
      )}
    </>
  );
}

function Definitions() {
  const query = useQuery(definitionsQuery);
  return (
    <Card title="Shared with you" description="Workflows that you may see." flush>
      <Loaded query={query} what="definitions" skeleton={<Skeleton height={120} />}>
        {(all) => (
          <Table
            label="Shared with you"
            columns={columns}
            rows={[...all].sort((a, b) => a.name.localeCompare(b.name))}
            rowKey={({ name }) => name}
            empty={
              <EmptyState icon={<FileStack size={32} aria-hidden />} title="There is nothing yet">
                The definitions that were shared with you are not registered yet.
              </EmptyState>
            }
          />
        )}
      </Loaded>
    </Card>
  );
}

const columns: Column<WorkflowDef>[] = [
  {
    key: 'name',
    title: 'Workflow',
    render: ({ name, description }) => (
      <NameCell name={name} to={paths.definition(name)} description={description} />
    ),
  },
  {
    key: 'run',
    title: <span className="visually-hidden">Run</span>,
    align: 'end',
    width: '120px',
    render: ({ name }) => (
      <AllowedLink to={paths.run(name)} need={needs.run(name)} icon={<Play aria-hidden />}>
        Run
      </AllowedLink>
    ),
  },
];
