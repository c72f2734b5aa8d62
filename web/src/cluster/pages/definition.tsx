import { useQuery } from '@tanstack/react-query';
import { Pencil, Play } from 'lucide-react';
import { lazy, Suspense, useCallback } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { WorkflowDef } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { findReference, typeWord } from '../../graph';
import { Button } from '../../ui/button';
import { Select } from '../../ui/field';
import { JsonView } from '../../ui/json-view';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { Badge } from '../../ui/status';
import { Tabs } from '../../ui/tabs';
import { RelativeTime } from '../../ui/time';
import { ApiError } from '../client/call';
import { definitionQuery, definitionVersionsQuery } from '../client/queries';
import { AllowedLink } from '../parts/allowed-link';
import { Pane, Scrolled } from '../parts/pane';
import { Panel, PanelBody, PanelHead } from '../parts/panel';
import { useRights } from '../parts/require-access';
import { Sharing } from '../parts/sharing';
import { type DefinitionTab, definitionTabs, paths } from '../paths';
import { needs } from '../rights';
import { lengthText } from '../task-policy';
import { useSubWorkflows } from '../use-sub-workflows';
import styles from './definition.module.css';
import { NotFound } from './not-found';

// Comparing versions brings code of its own, for those who do.
const DefinitionVersions = lazy(async () => ({
  default: (await import('../parts/definition-versions')).DefinitionVersions,
}));

const ExecutionGraph = lazy(async () => ({ default: (await import('../../graph')).ExecutionGraph }));

/** One definition: its graph and JSON, its versions, and the way to run it. */
export function DefinitionPage() {
  const { name = '' } = useParams();
  const [params] = useSearchParams();
  const version = Number.parseInt(params.get('version') ?? '', 10) || undefined;
  const query = useQuery(definitionQuery(name, version));
  if (query.error instanceof ApiError && query.error.status === 404 && query.data === undefined) {
    return <NotFound what="definition" name={version === undefined ? name : `${name}.${version}`} />;
  }
  const { data } = query;
  return (
    <Page
      width="wide"
      title={name}
      badge={data && <Versions definition={data} />}
      description={data ? <Description definition={data} /> : !query.error && <Skeleton width={420} />}
      actions={
        <>
          <Button asChild>
            <Link to={paths.executions({ workflow: name })}>Executions</Link>
          </Button>
          <AllowedLink
            to={paths.editDefinition(name, version)}
            need={needs.editDefinition(name)}
            icon={<Pencil aria-hidden />}
          >
            Edit
          </AllowedLink>
          <AllowedLink
            kind="primary"
            to={paths.run(name, version)}
            need={needs.run(name)}
            icon={<Play aria-hidden />}
          >
            Run
          </AllowedLink>
        </>
      }
    >
      <Loaded query={query} what="definition" skeleton={<Skeleton height={600} />}>
        {(definition) => <Views key={`${definition.name}.${definition.version}`} definition={definition} />}
      </Loaded>
    </Page>
  );
}

function Versions({ definition: { name, version } }: { definition: WorkflowDef }) {
  const versions = useQuery(definitionVersionsQuery(name));
  const navigate = useNavigate();
  const { tab } = useParams();
  const all = [...(versions.data ?? [])].sort((a, b) => b.version - a.version);
  if (all.length < 2) return <Badge>version {version}</Badge>;
  return (
    <Select
      aria-label="Version"
      className={styles.versions}
      value={version}
      onChange={(event) =>
        void navigate(
          paths.definition(
            name,
            Number(event.target.value),
            definitionTabs.find((each) => each === tab),
          ),
        )
      }
    >
      {all.map((each, i) => (
        <option key={each.version} value={each.version}>
          version {each.version}
          {i === 0 ? ' (latest)' : ''}
        </option>
      ))}
    </Select>
  );
}

function Description({ definition }: { definition: WorkflowDef }) {
  const { description, ownerEmail, createTime, updateTime, timeoutSeconds, failureWorkflow } = definition;
  const changed = updateTime || createTime;
  return (
    <div className={styles.description}>
      {description && <p>{description}</p>}
      <p className={styles.facts}>
        {ownerEmail && <span>{ownerEmail}</span>}
        {changed ? (
          <span>
            changed <RelativeTime at={changed} />
          </span>
        ) : null}
        {timeoutSeconds ? <span>times out after {lengthText(timeoutSeconds)}</span> : null}
        {failureWorkflow && (
          <span>
            on failure runs <Link to={paths.definition(failureWorkflow)}>{failureWorkflow}</Link>
          </span>
        )}
      </p>
    </div>
  );
}

function Views({ definition }: { definition: WorkflowDef }) {
  const { tab } = useParams();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const selected = params.get('task') ?? '';
  const subWorkflows = useSubWorkflows();
  const select = useCallback(
    (reference: string | undefined) =>
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (reference === undefined) after.delete('task');
          else after.set('task', reference);
          return after;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setParams],
  );
  const panel = selected !== '' && (
    <TaskOfDefinition definition={definition} selected={selected} onClose={() => select(undefined)} />
  );
  const graph = (
    <Pane panel={panel}>
      <Suspense fallback={<Skeleton height="100%" />}>
        <ExecutionGraph
          definition={definition}
          selected={selected === '' ? undefined : selected}
          onSelect={select}
          subWorkflows={subWorkflows.contents}
          onSubWorkflowsWanted={subWorkflows.onWanted}
        />
      </Suspense>
    </Pane>
  );
  const json = (
    <Pane>
      <Scrolled>
        <JsonView value={definition} label="definition" depth={4} />
      </Scrolled>
    </Pane>
  );
  const versions = (
    <Suspense fallback={<Skeleton height={240} />}>
      <DefinitionVersions definition={definition} />
    </Suspense>
  );
  const sharing = <Sharing kind="WORKFLOW_DEF" name={definition.name} />;
  const mayShare = useRights().may('access:read');
  const shown = definitionTabs.filter((each) => each !== 'sharing' || mayShare);
  return (
    <Tabs
      label="Views of the definition"
      value={shown.find((each) => each === tab) ?? 'graph'}
      onChange={(next) =>
        void navigate(paths.definition(definition.name, definition.version, next as DefinitionTab), {
          replace: true,
        })
      }
      tabs={[
        { value: 'graph', label: 'Graph', content: graph },
        { value: 'json', label: 'JSON', content: json },
        { value: 'versions', label: 'Versions', content: versions },
        ...(mayShare ? [{ value: 'sharing', label: 'Sharing', content: sharing }] : []),
      ]}
    />
  );
}

function TaskOfDefinition({
  definition,
  selected,
  onClose,
}: {
  definition: WorkflowDef;
  selected: string;
  onClose: () => void;
}) {
  const task = findReference(definition, selected);
  const sub = task?.subWorkflowParam;
  return (
    <Panel label={`Task ${selected}`}>
      <PanelHead name={selected} type={task?.type} onClose={onClose}>
        {task && (
          <span className={styles.kind}>
            {typeWord(task.type)}
            {task.type === 'SIMPLE' && (
              <>
                {' · '}
                <Link to={paths.taskDefinition(task.name)}>{task.name}</Link>
              </>
            )}
            {sub?.name && (
              <>
                {' · '}
                <Link to={paths.definition(sub.name, sub.version)}>{sub.name}</Link>
              </>
            )}
          </span>
        )}
      </PanelHead>
      <PanelBody>
        {task?.description && <p>{task.description}</p>}
        {task ? (
          <JsonView value={task} label="task" depth={4} />
        ) : (
          <p className="muted">This task belongs to a sub-workflow. Open that definition to read it.</p>
        )}
      </PanelBody>
    </Panel>
  );
}
