import type { JsonObject } from '../../conductor/types';
import { Field, Textarea } from '../../ui/field';
import { FormRefused } from '../../ui/form';
import { parseObject } from '../json-input';

interface JsonFieldProps {
  name: string;
  label: string;
  hint?: string;
  initial?: JsonObject;
  rows?: number;
}

/** A JSON object to be typed. Read it with `objectOf`. */
export function JsonField({ name, label, hint, initial, rows = 8 }: JsonFieldProps) {
  return (
    <Field name={name} label={label} hint={hint} optional>
      <Textarea code rows={rows} defaultValue={JSON.stringify(initial ?? {}, null, 2)} />
    </Field>
  );
}

/** The object of a JsonField; refuses the form when there is none. */
export function objectOf(values: Record<string, string>, name: string): JsonObject {
  const parsed = parseObject(values[name] ?? '');
  if ('error' in parsed) throw new FormRefused({ fields: { [name]: parsed.error } });
  return parsed.value;
}
