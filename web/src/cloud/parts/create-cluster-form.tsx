import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Form, FormActions, FormRefused } from '../../ui/form';
import { Skeleton } from '../../ui/placeholder';
import {
  answer,
  api,
  type Cloud,
  type Cluster,
  type CreateClusterRequest,
  type Operation,
  type Project,
} from '../api/client';
import { forForm } from '../api/problem';
import { catalogQuery, keys, projectsQuery } from '../api/queries';
import { nameProblem } from '../name-rule';
import { paths } from '../paths';
import { may } from '../rights';
import { useOrganization } from '../session';
import { ClusterAccount } from './cluster-account';
import { ClusterPlace } from './cluster-place';
import { ClusterProject } from './cluster-project';
import { ClusterSpecification, type Specification } from './cluster-specification';
import { CreationPreview } from './creation-preview';
import { newKey } from './idempotency-key';
import { NameField } from './name-field';
import { Submit } from './submit';

interface Props {
  proposal: string;
  cancel?: ReactNode;
}

/** Creates a cluster and leads to the page where one watches it come up. */
export function CreateClusterForm(props: Props) {
  const org = useOrganization().name;
  const catalog = useQuery(catalogQuery(org));
  const projects = useQuery(projectsQuery(org));
  const skeleton = <Skeleton height={300} />;
  if (projects.isPending) return skeleton;
  // Whoever may see no project has the default one, which need not be named.
  const open = (projects.data ?? []).filter((one) => may(one, 'cluster.create'));
  return (
    <Loaded query={catalog} what="places for clusters" skeleton={skeleton}>
      {(clouds) => <CreationForm {...props} clouds={inOrder(clouds)} projects={open} />}
    </Loaded>
  );
}

/** This machine first, as it needs nothing else; what the customer runs last. */
function inOrder(clouds: Cloud[]): Cloud[] {
  const rank = ({ name, models }: Cloud) => (name === 'local' ? 0 : models.includes('managed') ? 1 : 2);
  return [...clouds].sort((a, b) => rank(a) - rank(b));
}

interface Choices {
  clouds: Cloud[];
  /** Those in which one may create clusters, the default one first. */
  projects: Project[];
}

function CreationForm({ proposal, cancel, clouds, projects }: Props & Choices) {
  const org = useOrganization().name;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [place, setPlace] = useState(clouds[0]?.name ?? '');
  const [specification, setSpecification] = useState<Specification>({});
  const [project, setProject] = useState(projects[0]?.name);
  const [open, setOpen] = useState(false);
  const attempt = useRef<{ wish: string; key: string }>(undefined);
  const wished = { cloud: place, ...(project !== undefined && { project }), ...specification };
  const cloud = clouds.find(({ name }) => name === place);

  async function create(name: string) {
    const body: CreateClusterRequest = { name, ...wished };
    // The same key as long as the wish is the same: when an answer got lost, sending again makes no second cluster.
    const wish = JSON.stringify(body);
    if (attempt.current?.wish !== wish) attempt.current = { wish, key: newKey() };
    const cluster = await forForm(
      answer(
        api.POST('/organizations/{org}/clusters', {
          params: { path: { org }, header: { 'Idempotency-Key': attempt.current.key } },
          body,
        }),
      ),
    ).catch((error: unknown) => {
      // What is wrong must not hide in what is folded away.
      if (
        error instanceof FormRefused &&
        Object.keys(error.errors.fields).some((field) => field !== 'name' && field !== 'project')
      )
        setOpen(true);
      throw error;
    });
    // Only where nothing is known yet: the stream of changes may have been faster than this answer.
    client.setQueryData<Cluster>(keys.cluster(org, name), (known) => known ?? cluster);
    void client.invalidateQueries({ queryKey: keys.clusters(org) });
    void client.invalidateQueries({ queryKey: keys.cloudAccounts(org) }); // they tell their clusters
    void client.invalidateQueries({ queryKey: keys.projects(org) }); // and so do they
    if (cluster.cloud === 'remote' || cluster.operation === undefined) {
      await navigate(cluster.cloud === 'remote' ? paths.join(org, name) : paths.cluster(org, name));
      return;
    }
    const { operation } = cluster;
    client.setQueryData<Operation>(keys.operation(operation.id), (known) => known ?? operation);
    await navigate(paths.operation(org, operation.id));
  }

  return (
    <Form
      className="stack"
      validate={({ name = '' }): Record<string, string> => {
        const problem = nameProblem(name);
        return problem === undefined ? {} : { name: problem };
      }}
      onSubmit={({ name = '' }) => create(name)}
    >
      <NameField name="name" label="Name" initial={proposal} autoFocus />
      <ClusterProject projects={projects} value={project} onChange={setProject} />
      <ClusterPlace
        clouds={clouds}
        chosen={place}
        onChoose={(name) => {
          setPlace(name);
          setSpecification({}); // what was chosen is of the other cloud
        }}
      />
      {cloud?.accounts && (
        <ClusterAccount
          value={specification.account}
          onChange={(chosen) =>
            setSpecification((was) => ({ ...was, account: chosen?.id, region: chosen?.region }))
          }
        />
      )}
      {cloud !== undefined && (
        <ClusterSpecification
          cloud={cloud}
          value={specification}
          onChange={setSpecification}
          open={open}
          onOpenChange={setOpen}
        />
      )}
      {/* Of any good name the same would be told. */}
      <CreationPreview wish={{ name: proposal, ...wished }} />
      <FormActions>
        {cancel}
        <Submit>Create cluster</Submit>
      </FormActions>
    </Form>
  );
}
