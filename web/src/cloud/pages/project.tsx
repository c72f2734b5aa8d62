import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowRightLeft, Boxes } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { Badge, StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { answer, api, type Cluster, type Project } from '../api/client';
import { clustersQuery, keys, projectsQuery } from '../api/queries';
import { Access } from '../parts/access';
import { type Move, MoveCluster } from '../parts/move-cluster';
import { ProjectForm } from '../parts/project-form';
import { paths } from '../paths';
import { may, whyNot } from '../rights';
import { useOrganization } from '../session';
import { clouds, clusterStates } from '../states';
import { NotFound } from './not-found';

/** One project: its clusters, and who may use them. */
export function ProjectPage() {
  const { name: org } = useOrganization();
  const { project: name = '' } = useParams();
  const projects = useQuery(projectsQuery(org));
  const project = projects.data?.find((one) => one.name === name);
  // While it is being renamed, the list may not know the new name yet.
  if (projects.data !== undefined && project === undefined && !projects.isFetching)
    return <NotFound what="project" />;
  return (
    <Page
      title={name}
      badge={
        project?.default && <Badge title="Clusters go here when nothing else is said">Default project</Badge>
      }
      description={<Link to={paths.projects(org)}>All projects</Link>}
      actions={project && <Actions org={org} project={project} />}
    >
      <Loaded query={projects} what="project" skeleton={<Skeleton height={320} />}>
        {(data) =>
          project && (
            <div className="stack">
              <ClustersOf org={org} project={project} projects={data} />
              {may(project, 'grant.read') && (
                <Access
                  org={org}
                  place={{ kind: 'project', name }}
                  reason={whyNot(project, 'grant.create', 'say who may use this project')}
                  description="Who was given a role in all clusters of the project. Owners, admins, members and auditors have theirs everywhere."
                />
              )}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Actions({ org, project }: { org: string; project: Project }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<'renaming' | 'deleting'>();
  const stop = () => setDoing(undefined);
  const reason = whyNot(project, 'project.update', 'change this project');

  async function remove() {
    await answer(
      api.DELETE('/organizations/{org}/projects/{project}', {
        params: { path: { org, project: project.name } },
      }),
    );
    await navigate(paths.projects(org));
    await client.invalidateQueries({ queryKey: keys.projects(org) });
    await client.invalidateQueries({ queryKey: keys.grants(org) });
  }

  return (
    <>
      <Button disabledReason={reason} onClick={() => setDoing('renaming')}>
        Rename
      </Button>
      <Button disabledReason={reason ?? whyItStays(project)} onClick={() => setDoing('deleting')}>
        Delete project
      </Button>
      <ProjectForm
        org={org}
        project={project}
        open={doing === 'renaming'}
        onOpenChange={stop}
        onDone={({ name }) => void navigate(paths.project(org, name), { replace: true })}
      />
      <ConfirmDialog
        open={doing === 'deleting'}
        onOpenChange={stop}
        title={`Delete ${project.name}?`}
        confirm="Delete project"
        danger
        onConfirm={remove}
      >
        It holds no clusters. Roles that were given in it go with it.
      </ConfirmDialog>
    </>
  );
}

/** Why a project cannot be deleted. */
function whyItStays({ default: first, clusters }: Project): string | undefined {
  if (first) return 'The default project stays: clusters go there when nothing else is said.';
  if (clusters === 0) return undefined;
  const held = clusters === 1 ? 'a cluster' : `${clusters} clusters`;
  return `It holds ${held}. Move or delete ${clusters === 1 ? 'it' : 'them'} first.`;
}

function ClustersOf({ org, project, projects }: { org: string; project: Project; projects: Project[] }) {
  const clusters = useQuery(clustersQuery(org));
  const [move, setMove] = useState<Move>();
  const changeable = ({ name }: { name: string }) =>
    may(projects.find((one) => one.name === name) ?? { permissions: [] }, 'project.update');
  const others = projects.filter((one) => one.id !== project.id && changeable(one)).map(({ name }) => name);
  const elsewhere = (clusters.data ?? [])
    .filter((one) => one.project !== project.name && changeable({ name: one.project }))
    .map(({ name }) => name);
  const reason = whyNot(project, 'project.update', 'move clusters of this project');
  const here = (
    <Button
      disabledReason={
        reason ?? (elsewhere.length === 0 ? 'There is no cluster in another project.' : undefined)
      }
      onClick={() =>
        setMove({
          title: `Move a cluster to ${project.name}`,
          choose: 'cluster',
          names: elsewhere,
          given: project.name,
        })
      }
    >
      Move a cluster here
    </Button>
  );
  return (
    <Card flush title="Clusters" actions={here}>
      <Loaded query={clusters} what="clusters" skeleton={<Skeleton height={160} />}>
        {(data) => (
          <Table
            label={`Clusters of ${project.name}`}
            columns={columnsFor(
              reason ?? (others.length === 0 ? 'There is no other project to move it to.' : undefined),
              (name) => setMove({ title: `Move ${name}`, choose: 'project', names: others, given: name }),
            )}
            rows={data.filter((one) => one.project === project.name)}
            rowKey={({ id }) => id}
            empty={
              <EmptyState icon={<Boxes size={32} aria-hidden />} title="No clusters in this project">
                Move one here. New clusters go to the default project.
              </EmptyState>
            }
          />
        )}
      </Loaded>
      <MoveCluster org={org} move={move} onDone={() => setMove(undefined)} />
    </Card>
  );
}

const columnsFor = (reason: string | undefined, onMove: (name: string) => void): Column<Cluster>[] => [
  {
    key: 'name',
    title: 'Name',
    render: ({ organization, name }) => (
      <Link to={paths.cluster(organization, name)}>
        <strong>{name}</strong>
      </Link>
    ),
  },
  {
    key: 'state',
    title: 'State',
    render: ({ state }) => (
      <StatusBadge kind={clusterStates[state].kind}>{clusterStates[state].word}</StatusBadge>
    ),
  },
  {
    key: 'where',
    title: 'Where',
    secondary: true,
    render: ({ cloud }) => clouds[cloud]?.title ?? cloud,
  },
  {
    key: 'move',
    title: <span className="visually-hidden">Actions</span>,
    align: 'end',
    width: '56px',
    render: ({ name }) => (
      <IconButton
        size="small"
        label={`Move ${name} to another project`}
        disabledReason={reason}
        onClick={() => onMove(name)}
      >
        <ArrowRightLeft aria-hidden />
      </IconButton>
    ),
  },
];
