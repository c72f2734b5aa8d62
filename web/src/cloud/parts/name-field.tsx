import { useState } from 'react';
import { Field, Input } from '../../ui/field';
import { StateIcon } from '../../ui/status';
import { nameProblem, nameRule } from '../name-rule';
import styles from './name-field.module.css';

export interface NameFieldProps {
  /** Name of the form's field. */
  name: string;
  label: string;
  initial?: string;
  autoFocus?: boolean;
}

/** A field for the name of an organization or a cluster, which says while typing what is still wrong. */
export function NameField({ name, label, initial = '', autoFocus }: NameFieldProps) {
  const [value, setValue] = useState(initial);
  const problem = value === '' ? undefined : nameProblem(value);
  // A name that was proposed needs no praise.
  const good = value !== '' && value !== initial && problem === undefined;
  return (
    <Field
      name={name}
      label={label}
      hint={
        <span className={styles.hint} aria-live="polite" data-good={good || undefined}>
          {good && <StateIcon kind="success" size={14} />}
          {good ? 'This is a good name.' : (problem ?? nameRule)}
        </span>
      }
    >
      <Input
        value={value}
        onChange={(event) => setValue(event.target.value)}
        autoFocus={autoFocus}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={60}
      />
    </Field>
  );
}
