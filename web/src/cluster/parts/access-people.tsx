import { useQuery } from '@tanstack/react-query';
import { Users } from 'lucide-react';
import { EmptyState } from '../../ui/placeholder';
import type { Column } from '../../ui/table';
import { usersQuery } from '../client/queries';
import type { User } from '../client/types';
import { paths } from '../paths';
import { roleWords } from '../roles';
import { Catalog, NameCell } from './catalog';

/** People who have opened this cluster. */
export function AccessPeople() {
  return (
    <div className="stack">
      <Catalog
        one="person"
        many="people"
        query={useQuery(usersQuery)}
        nameOf={({ name, id }) => name || id}
        textOf={({ id }) => id}
        pathOf={({ id }) => paths.person(id)}
        columns={columns}
        empty={
          <EmptyState icon={<Users size={32} aria-hidden />} title="Nobody has been here yet">
            People show up here when they open this cluster from the cloud console for the first time. Their
            roles are given there; here single things are shared with them.
          </EmptyState>
        }
      />
    </div>
  );
}

const columns: Column<User>[] = [
  {
    key: 'name',
    title: 'Name',
    render: ({ id, name }) => <NameCell name={name || id} to={paths.person(id)} description={id} />,
  },
  {
    key: 'roles',
    title: 'Role',
    width: '220px',
    render: ({ roles }) => roles.map(({ name }) => roleWords(name).title).join(', ') || 'None',
  },
  {
    key: 'groups',
    title: 'Groups',
    secondary: true,
    render: ({ groups }) => groups.map(({ id }) => id).join(', '),
  },
];
