import { type ReactNode, useMemo, useState } from 'react';
import type { Json, JsonObject } from '../../conductor/types';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Field, Input, Select, Textarea } from '../../ui/field';
import { type FieldErrors, Form, FormActions, FormRefused, useFormPending } from '../../ui/form';
import { Switch } from '../../ui/switch';
import { Tabs } from '../../ui/tabs';
import { ApiError, type Violation } from '../client/call';
import type { Shape } from '../editor/shape';
import { parseObject } from '../json-input';
import { useUnsaved } from '../use-unsaved';
import { JsonDraft, type Verdict } from './json-draft';
import styles from './object-editor.module.css';

/** Reads and writes one object that is being edited. */
export interface Editing {
  value: JsonObject;
  /** undefined takes the field away. */
  set: (name: string, value: Json | undefined) => void;
  /** Stands before the names of its fields in the form: where the object lies in the one that is saved. */
  prefix?: string;
}

/** Edits the object that is a field of the one being edited. */
export function within(editing: Editing, field: string): Editing {
  const inner = editing.value[field];
  const value = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
  return {
    value,
    set: (name, next) => editing.set(field, { ...value, [name]: next }),
    prefix: `${editing.prefix ?? ''}${field}.`,
  };
}

export interface ObjectEditorProps {
  /** Why it cannot be saved by the viewer. */
  obstacle?: string | undefined;
  /** What is edited, such as "task definition"; names the form. */
  what: string;
  initial: JsonObject;
  shape: Shape;
  /** The form's fields; what they do not show stays as it is. Their names are those of the object. */
  fields: (editing: Editing) => ReactNode;
  /** Checks before sending, by field. */
  validate?: (value: JsonObject) => FieldErrors;
  /** Stands under the fields, whichever view is open. */
  aside?: (value: JsonObject) => ReactNode;
  save: (value: JsonObject) => Promise<unknown>;
  /** Called once it is saved; goes elsewhere. */
  onSaved: (value: JsonObject) => void;
}

/** Edits an object in a form, or as the JSON that it is; either takes over what was entered in the other. */
export function ObjectEditor(props: ObjectEditorProps) {
  const { what, initial, shape, fields, obstacle, validate, aside, save, onSaved } = props;
  const begin = useMemo(() => toText(initial), [initial]);
  const [value, setValue] = useState(initial);
  const [text, setText] = useState(begin);
  const [view, setView] = useState<'form' | 'json'>('form');
  const [violations, setViolations] = useState<readonly Violation[]>([]);
  const parsed = useMemo(() => parseObject(text), [text]);
  const now = view === 'form' ? value : 'value' in parsed ? parsed.value : undefined;
  const { guard, release } = useUnsaved((view === 'form' ? toText(value) : text) !== begin);

  function turn(next: string) {
    if (next === 'json') setText(toText(value));
    else if ('error' in parsed) return;
    else setValue(parsed.value);
    setViolations([]);
    setView(next as typeof view);
  }

  async function submit() {
    if (now === undefined) throw new FormRefused({ fields: {}, form: 'The text is not a JSON object.' });
    const found = validate?.(now) ?? {};
    if (Object.keys(found).length > 0) throw new FormRefused({ fields: found });
    try {
      await save(now);
    } catch (error) {
      if (!(error instanceof ApiError) || error.violations.length === 0) throw error;
      // A list of one is sent; the place in it says nothing to who wrote the one.
      const named = error.violations.map((each) => ({ ...each, path: each.path.replace(/^\[0\]\.?/, '') }));
      setViolations(named);
      throw new FormRefused({
        fields: Object.fromEntries(named.map(({ path, message }) => [path || what, message])),
      });
    }
    release();
    onSaved(now);
  }

  const verdict: Verdict =
    'error' in parsed
      ? { kind: 'unread' }
      : violations.length > 0
        ? { kind: 'bad', violations }
        : { kind: 'readable' };
  return (
    <Card>
      <Form className="stack" aria-label={what} onSubmit={submit} onInput={() => setViolations([])}>
        <Tabs
          size="small"
          label="Ways to edit"
          value={view}
          onChange={turn}
          tabs={[
            {
              value: 'form',
              label: 'Form',
              content: (
                <div className={styles.fields}>
                  {fields({
                    value,
                    set: (name, next) => setValue((before) => ({ ...before, [name]: next })),
                  })}
                </div>
              ),
            },
            {
              value: 'json',
              label: 'JSON',
              content: (
                <div className={styles.json}>
                  <JsonDraft
                    label={`${what} as JSON`}
                    initial={text}
                    shape={shape}
                    verdict={verdict}
                    onChange={(next) => {
                      setText(next);
                      setViolations([]);
                    }}
                  />
                </div>
              ),
            },
          ]}
        />
        {now && aside?.(now)}
        <FormActions>
          <Save obstacle={obstacle} />
        </FormActions>
      </Form>
      {guard}
    </Card>
  );
}

function Save({ obstacle }: { obstacle: string | undefined }) {
  return (
    <Button type="submit" kind="primary" pending={useFormPending()} disabledReason={obstacle}>
      Save
    </Button>
  );
}

function toText(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The props of the Field around a control of the object. */
function named({ editing, ...field }: OwnProps) {
  return { ...field, name: `${editing.prefix ?? ''}${field.name}` };
}

interface OwnProps {
  editing: Editing;
  name: string;
  label: string;
  hint?: ReactNode;
  optional?: boolean;
}

/** A text of the object. */
export function TextOf({
  placeholder,
  readOnly,
  list,
  ...own
}: OwnProps & { placeholder?: string; readOnly?: boolean; list?: string }) {
  const { editing, name } = own;
  const value = editing.value[name];
  return (
    <Field {...named(own)}>
      <Input
        value={typeof value === 'string' ? value : ''}
        placeholder={placeholder}
        readOnly={readOnly}
        list={list}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => editing.set(name, event.target.value || undefined)}
      />
    </Field>
  );
}

/** A number that is not negative; left empty it is absent. */
export function NumberOf({ unit, ...own }: OwnProps & { unit?: string }) {
  const { editing, name } = own;
  const value = editing.value[name];
  return (
    <Field {...named(own)} aside={unit && <span className="muted">{unit}</span>}>
      <Input
        type="number"
        inputMode="numeric"
        min={0}
        value={typeof value === 'number' ? value : ''}
        onChange={(event) =>
          editing.set(name, event.target.value === '' ? undefined : Number(event.target.value))
        }
      />
    </Field>
  );
}

/** One of several. */
export function ChoiceOf({ options, ...own }: OwnProps & { options: Record<string, string> }) {
  const { editing, name } = own;
  const value = editing.value[name];
  return (
    <Field {...named(own)}>
      <Select
        value={typeof value === 'string' ? value : ''}
        onChange={(event) => editing.set(name, event.target.value)}
      >
        {Object.entries(options).map(([each, word]) => (
          <option key={each} value={each}>
            {word}
          </option>
        ))}
      </Select>
    </Field>
  );
}

/** Names, separated by commas. */
export function NamesOf(own: OwnProps) {
  const { editing, name } = own;
  const value = editing.value[name];
  const [text, setText] = useState(() => (Array.isArray(value) ? value.join(', ') : ''));
  return (
    <Field {...named(own)}>
      <Input
        value={text}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          const names = event.target.value.split(',').map((each) => each.trim());
          editing.set(name, names.filter(Boolean));
        }}
      />
    </Field>
  );
}

/** An object within the object, as JSON. What is no JSON object yet is marked, and the last one that was is kept. */
export function ObjectOf({ rows = 6, ...own }: OwnProps & { rows?: number }) {
  const { editing, name } = own;
  const value = editing.value[name];
  const [text, setText] = useState(() => JSON.stringify(value ?? {}, null, 2));
  const parsed = parseObject(text);
  return (
    <Field {...named(own)} {...('error' in parsed && { error: parsed.error })}>
      <Textarea
        code
        rows={rows}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          const next = parseObject(event.target.value);
          if ('value' in next) editing.set(name, next.value);
        }}
      />
    </Field>
  );
}

/** Yes or no. */
export function YesNoOf(own: OwnProps) {
  const { editing, name, label, hint } = own;
  return (
    <div className={styles.yesNo}>
      <Switch
        label={label}
        checked={editing.value[name] === true}
        onChange={(checked) => editing.set(name, checked)}
      />
      <span>
        {label}
        {hint !== undefined && <span className={styles.hint}>{hint}</span>}
      </span>
    </div>
  );
}

/** A moment in epoch milliseconds, entered in the viewer's zone. */
export function MomentOf(own: OwnProps) {
  const { editing, name } = own;
  const value = editing.value[name];
  return (
    <Field {...named(own)}>
      <Input
        type="datetime-local"
        value={typeof value === 'number' && value > 0 ? localText(value) : ''}
        onChange={(event) =>
          editing.set(name, event.target.value === '' ? undefined : new Date(event.target.value).getTime())
        }
      />
    </Field>
  );
}

/** As a datetime-local control takes it. */
function localText(time: number): string {
  const zone = new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - zone).toISOString().slice(0, 16);
}
