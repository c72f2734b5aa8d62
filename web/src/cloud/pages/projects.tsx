import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import type { Project } from '../api/client';
import { projectsQuery } from '../api/queries';
import { ProjectForm } from '../parts/project-form';
import { paths } from '../paths';
import { useWhyNot } from '../rights';
import { useOrganization } from '../session';

/** The projects of the organization. With the default one alone it says what more of them are good for. */
export function Projects() {
  const { name: org } = useOrganization();
  const whyNot = useWhyNot();
  const navigate = useNavigate();
  const projects = useQuery(projectsQuery(org));
  const [making, setMaking] = useState(false);
  const create = (
    <Button
      kind="primary"
      icon={<Plus aria-hidden />}
      disabledReason={whyNot('project.create', 'make projects')}
      onClick={() => setMaking(true)}
    >
      Create project
    </Button>
  );
  return (
    <Page
      title="Projects"
      description="Clusters lie in projects, so that a role can be given for several of them at once. One project is there from the beginning; you need no other."
      actions={create}
    >
      <Card flush>
        <Loaded query={projects} what="projects" skeleton={<Skeleton height={160} />}>
          {(data) => (
            <Table
              label="Projects"
              columns={columnsFor(org)}
              rows={data}
              rowKey={({ id }) => id}
              onOpen={({ name }) => void navigate(paths.project(org, name))}
              empty={
                <EmptyState title="No projects that you see">
                  You see those in which you were given a role, or a cluster.
                </EmptyState>
              }
            />
          )}
        </Loaded>
      </Card>
      <ProjectForm
        org={org}
        open={making}
        onOpenChange={setMaking}
        onDone={({ name }) => void navigate(paths.project(org, name))}
      />
    </Page>
  );
}

const columnsFor = (org: string): Column<Project>[] => [
  {
    key: 'name',
    title: 'Name',
    render: ({ name, default: first }) => (
      <span className="row">
        <Link to={paths.project(org, name)}>
          <strong>{name}</strong>
        </Link>
        {first && <Badge title="Clusters go here when nothing else is said">Default</Badge>}
      </span>
    ),
  },
  { key: 'clusters', title: 'Clusters', align: 'end', render: ({ clusters }) => clusters.toLocaleString() },
  {
    key: 'since',
    title: 'Since',
    align: 'end',
    secondary: true,
    render: ({ createdAt }) => <RelativeTime at={createdAt} />,
  },
];
