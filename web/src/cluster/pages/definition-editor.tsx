import { useQuery } from '@tanstack/react-query';
import { Save } from 'lucide-react';
import { lazy, Suspense, useCallback, useDeferredValue, useMemo, useRef, useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { JsonObject, WorkflowDef } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { ApiError } from '../client/call';
import { commands } from '../client/commands';
import { definitionQuery, taskDefinitionsQuery } from '../client/queries';
import type { TaskDef } from '../client/types';
import { pathOfTask, readDraft } from '../definition-draft';
import { definitionTemplates } from '../definition-templates';
import { definitionText } from '../definition-text';
import { catalogTemplate } from '../editor/catalog';
import { definitionShape } from '../editor/conductor-shapes';
import { JsonDraft, type Verdict } from '../parts/json-draft';
import { SaveDefinition } from '../parts/save-definition';
import { paths } from '../paths';
import { useSettled } from '../use-settled';
import { useSubWorkflows } from '../use-sub-workflows';
import { useUnsaved } from '../use-unsaved';
import styles from './definition-editor.module.css';
import { NotFound } from './not-found';

const ExecutionGraph = lazy(async () => ({ default: (await import('../../graph')).ExecutionGraph }));

/** Changes a definition: into its next version, or in place. */
export function EditDefinition() {
  const { name = '' } = useParams();
  const [params] = useSearchParams();
  const version = Number.parseInt(params.get('version') ?? '', 10) || undefined;
  // Once begun, the text is the writer's: an answer that comes later must not take its place.
  const query = useQuery({ ...definitionQuery(name, version), staleTime: Number.POSITIVE_INFINITY });
  if (query.error instanceof ApiError && query.error.status === 404) {
    return <NotFound what="definition" name={version === undefined ? name : `${name}.${version}`} />;
  }
  if (query.data === undefined) {
    return (
      <Page width="wide" title={`Edit ${name}`}>
        <Loaded query={query} what="definition" skeleton={<Skeleton height={600} />}>
          {() => null}
        </Loaded>
      </Page>
    );
  }
  return <Editor key={`${name}.${query.data.version}`} base={query.data} start={query.data} />;
}

/** Writes a new definition, beginning with a template. */
export function NewDefinition() {
  const [params] = useSearchParams();
  const template = definitionTemplates.find(({ key }) => key === params.get('template'));
  if (template) return <Editor key={template.key} base={undefined} start={template.definition} />;
  return (
    <Page
      title="New definition"
      description="Choose what it begins with. Everything can be changed afterwards."
    >
      <ul className={styles.templates} aria-label="Templates">
        {definitionTemplates.map(({ key, title, info }) => (
          <li key={key}>
            <Card>
              <h2>
                <Link to={`${paths.newDefinition}?template=${key}`} className={styles.template}>
                  {title}
                </Link>
              </h2>
              <p className="muted">{info}</p>
            </Card>
          </li>
        ))}
      </ul>
    </Page>
  );
}

interface EditorProps {
  /** What is being changed; undefined when it is new. */
  base: WorkflowDef | undefined;
  start: WorkflowDef;
}

function Editor({ base, start }: EditorProps) {
  const initial = useMemo(() => definitionText(start), [start]);
  const [text, setText] = useState(initial);
  const [saving, setSaving] = useState(false);
  const [selected, setSelected] = useState<string>();
  const [shown, setShown] = useState<{ path: string }>();
  const draft = useMemo(() => readDraft(text), [text]);
  const verdict = useVerdict(draft.value);
  const catalog = useCatalog();
  const { guard, release } = useUnsaved(text !== initial);
  const navigate = useNavigate();
  const drawing = useDrawing(draft.drawable ?? start, draft.drawable !== undefined, start);

  function select(reference: string | undefined) {
    setSelected(reference);
    const path = reference && draft.drawable && pathOfTask(draft.drawable, reference);
    if (path) setShown({ path });
  }

  const obstacle =
    draft.value === undefined
      ? 'The text is not a JSON object'
      : verdict.kind === 'bad'
        ? 'The cluster would refuse this'
        : base && text === initial
          ? 'Nothing has been changed'
          : undefined;
  return (
    <Page
      width="wide"
      title={base ? `Edit ${base.name}` : 'New definition'}
      description={
        base ? (
          <>
            From version {base.version}.{' '}
            <Link to={paths.definition(base.name, base.version)}>Back to the definition</Link>
          </>
        ) : (
          'The graph follows what you write. Ctrl-Space completes; Escape, then Tab, leaves the text.'
        )
      }
      actions={
        <Button
          kind="primary"
          icon={<Save aria-hidden />}
          disabledReason={obstacle}
          onClick={() => setSaving(true)}
        >
          Save …
        </Button>
      }
    >
      <div className={styles.panes}>
        <div className={styles.pane}>
          <JsonDraft
            label="Definition as JSON"
            initial={initial}
            shape={definitionShape}
            catalog={catalog}
            verdict={verdict}
            shown={shown}
            onChange={setText}
          />
        </div>
        <div className={styles.pane} data-stale={draft.drawable === undefined || undefined}>
          <Suspense fallback={<Skeleton height="100%" />}>
            <Drawing definition={drawing} selected={selected} onSelect={select} />
          </Suspense>
        </div>
      </div>
      {saving && draft.value && draft.drawable && (
        <SaveDefinition
          base={base}
          value={draft.value}
          drawable={draft.drawable}
          onClose={() => setSaving(false)}
          onSaved={(name, version) => {
            release();
            void navigate(paths.definition(name, version));
          }}
        />
      )}
      {guard}
    </Page>
  );
}

function Drawing(props: {
  definition: WorkflowDef;
  selected: string | undefined;
  onSelect: (reference: string | undefined) => void;
}) {
  const subWorkflows = useSubWorkflows();
  return (
    <ExecutionGraph
      {...props}
      subWorkflows={subWorkflows.contents}
      onSubWorkflowsWanted={subWorkflows.onWanted}
    />
  );
}

/**
 * What the graph shows: the text as it was last readable. It keeps one name and version, because by them the graph knows
 * that it is still the same drawing.
 */
function useDrawing(drawable: WorkflowDef, readable: boolean, start: WorkflowDef): WorkflowDef {
  const last = useRef(drawable);
  if (readable) last.current = drawable;
  const { current } = last;
  const { name, version } = start;
  return useDeferredValue(useMemo(() => ({ ...current, name, version }), [current, name, version]));
}

/** What tasks one can begin with beside the general ones: those that the viewer sees a definition of. */
function useCatalog() {
  const known = useRef<readonly TaskDef[]>([]);
  known.current = useQuery(taskDefinitionsQuery).data ?? [];
  return useCallback(() => known.current.map(catalogTemplate), []);
}

/** Asks the server about the text whenever one stops typing. */
function useVerdict(value: JsonObject | undefined): Verdict {
  const settled = useSettled(value, 400);
  const check = useQuery({
    queryKey: ['definition-check', settled],
    queryFn: async ({ signal }) => {
      if (settled === undefined) return [];
      try {
        await commands.validateDefinition(settled, signal);
        return [];
      } catch (error) {
        // 403 with violations: the definition uses what its author may not.
        const refused = error instanceof ApiError && (error.status === 400 || error.violations.length > 0);
        if (!refused) throw error;
        return error.violations.length > 0 ? error.violations : [{ path: '', message: error.message }];
      }
    },
    enabled: settled !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  return useMemo((): Verdict => {
    if (value === undefined) return { kind: 'unread' };
    if (check.error !== null) return { kind: 'unknown', reason: check.error.message };
    if (value !== settled || check.data === undefined) return { kind: 'asking' };
    return check.data.length > 0 ? { kind: 'bad', violations: check.data } : { kind: 'good' };
  }, [value, settled, check.data, check.error]);
}
