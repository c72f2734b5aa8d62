import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JsonObject, WorkflowDef } from '../../conductor/types';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Field, Input, Select, Textarea } from '../../ui/field';
import { Form, FormActions, FormRefused, type FormValues, useFormPending } from '../../ui/form';
import { Tabs } from '../../ui/tabs';
import { commands } from '../client/commands';
import { definitionVersionsQuery } from '../client/queries';
import { parseLoose, parseObject, toLoose } from '../json-input';

export interface RunFormProps {
  definition: WorkflowDef;
  /** What the input begins with. */
  input: JsonObject;
  correlationId: string;
  onVersion: (version: number) => void;
  onStarted: (workflowId: string) => void;
}

/** Inputs stand in the form under names of their own, apart from the form's other fields. */
const prefix = 'input.';

/** What an execution is started with: a field for each input that the definition names, or JSON. */
export function RunForm({ definition, input, correlationId, onVersion, onStarted }: RunFormProps) {
  const [view, setView] = useState(Object.keys(input).length > 0 ? 'form' : 'json');
  const [value, setValue] = useState(input);
  const [text, setText] = useState(() => toText(input));
  const [problem, setProblem] = useState<string>();
  const versions = useQuery(definitionVersionsQuery(definition.name));

  /** Takes over into the other view what was entered in this one. */
  function turn(next: string) {
    if (next === 'json') setText(toText(value));
    else {
      const parsed = parseObject(text);
      if ('error' in parsed) {
        setProblem(parsed.error);
        return;
      }
      setValue(parsed.value);
    }
    setProblem(undefined);
    setView(next);
  }

  async function start(values: FormValues) {
    const parsed = view === 'json' ? parseObject(text) : { value };
    if ('error' in parsed) {
      setProblem(parsed.error);
      throw new FormRefused({ fields: { json: parsed.error } });
    }
    const correlation = values.correlationId?.trim();
    const workflowId = await commands.start({
      name: definition.name,
      version: definition.version,
      input: parsed.value,
      ...(correlation && { correlationId: correlation }),
    });
    onStarted(workflowId);
  }

  return (
    <Card>
      <Form className="stack" aria-label={`Run ${definition.name}`} onSubmit={start}>
        <Field name="version" label="Version">
          <Select value={definition.version} onChange={(event) => onVersion(Number(event.target.value))}>
            {(versions.data ?? [definition])
              .map(({ version }) => version)
              .sort((a, b) => b - a)
              .map((version) => (
                <option key={version} value={version}>
                  {version}
                </option>
              ))}
          </Select>
        </Field>
        <Tabs
          size="small"
          label="Input"
          value={view}
          onChange={turn}
          tabs={[
            {
              value: 'form',
              label: 'Input',
              content: <InputFields value={value} onChange={setValue} />,
            },
            {
              value: 'json',
              label: 'Input as JSON',
              content: (
                <Field name="json" label="Input" error={problem}>
                  <Textarea
                    code
                    rows={14}
                    value={text}
                    onChange={(event) => {
                      setText(event.target.value);
                      setProblem(undefined);
                    }}
                  />
                </Field>
              ),
            },
          ]}
        />
        <Field
          name="correlationId"
          label="Correlation id"
          optional
          hint="Your own name for what this is about, such as an order number. Executions can be found by it."
        >
          <Input defaultValue={correlationId} autoComplete="off" spellCheck={false} />
        </Field>
        <FormActions>
          <Start />
        </FormActions>
      </Form>
    </Card>
  );
}

/** The input as JSON; inputs without a value stand there as empty texts, to be filled in. */
function toText(value: JsonObject): string {
  return JSON.stringify(value, (_, each) => (each === undefined ? '' : each), 2);
}

function InputFields({ value, onChange }: { value: JsonObject; onChange: (value: JsonObject) => void }) {
  const names = Object.keys(value);
  if (names.length === 0) {
    return <p className="muted">The definition names no inputs. Enter any as JSON.</p>;
  }
  return (
    <div className="stack">
      {names.map((name) => (
        <InputField
          key={name}
          name={name}
          value={value[name]}
          onChange={(next) => onChange({ ...value, [name]: next })}
        />
      ))}
      <p className="muted">
        Numbers, <code>true</code>, <code>false</code>, <code>null</code>, lists and objects are sent as such,
        anything else as text. Put quotes around a number that is a text. What is left empty is not sent.
      </p>
    </div>
  );
}

function InputField({
  name,
  value,
  onChange,
}: {
  name: string;
  value: JsonObject[string];
  onChange: (value: JsonObject[string]) => void;
}) {
  const [text, setText] = useState(() => toLoose(value));
  const long = text.length > 60 || text.includes('\n');
  const change = (next: string) => {
    setText(next);
    onChange(next === '' ? undefined : parseLoose(next));
  };
  return (
    <Field name={prefix + name} label={name} aside={<span className="muted">{kindOf(text)}</span>} optional>
      {long ? (
        <Textarea code rows={4} value={text} onChange={(event) => change(event.target.value)} />
      ) : (
        <Input
          value={text}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Field>
  );
}

/** What the typed text will be sent as, when that is not plain text. */
function kindOf(text: string): string {
  const value = text === '' ? '' : parseLoose(text);
  if (Array.isArray(value)) return 'list';
  if (value === null) return 'null';
  return typeof value === 'string' ? '' : typeof value;
}

function Start() {
  return (
    <Button type="submit" kind="primary" pending={useFormPending()}>
      Run
    </Button>
  );
}
