import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, createContext, type ReactNode, useContext, useId, useState } from 'react';
import { classNames } from './class-names';
import styles from './field.module.css';
import { useFieldError } from './form';

interface Wiring {
  id: string;
  name: string;
  invalid: boolean;
  describedBy: string | undefined;
  required: boolean;
}

const FieldContext = createContext<Wiring | undefined>(undefined);

export interface FieldProps {
  /** The name in the form, in its values and in its errors. */
  name: string;
  label: string;
  /** What to enter; stays visible while typing. */
  hint?: ReactNode;
  /** An error of this field; without it the surrounding Form's error for the name. */
  error?: string;
  optional?: boolean;
  /** Stands right of the label, such as a link. */
  aside?: ReactNode;
  /** One of Input, PasswordInput, Select or Textarea. */
  children: ReactNode;
}

/** A labelled form control with hint and error, wired up for screen readers. */
export function Field({ name, label, hint, error, optional = false, aside, children }: FieldProps) {
  const id = useId();
  const formError = useFieldError(name);
  const message = error ?? formError;
  // The error takes the hint's place, so that nothing moves when it comes.
  const errorId = message === undefined ? undefined : `${id}-error`;
  const hintId = hint === undefined || message !== undefined ? undefined : `${id}-hint`;
  const describedBy = errorId ?? hintId;
  return (
    <FieldContext value={{ id, name, invalid: message !== undefined, describedBy, required: !optional }}>
      <div className={styles.field}>
        <div className={styles.head}>
          <label htmlFor={id}>{label}</label>
          {optional && <span className={styles.optional}>optional</span>}
          {aside !== undefined && <span className={styles.aside}>{aside}</span>}
        </div>
        {children}
        {message !== undefined && (
          <p id={errorId} className={styles.error}>
            {withSubject(label, message)}
          </p>
        )}
        {hintId !== undefined && (
          <div id={hintId} className={styles.hint}>
            {hint}
          </div>
        )}
      </div>
    </FieldContext>
  );
}

/** Gives an error that begins with a verb, such as "is taken", the field as its subject, and ends it with a full stop. */
function withSubject(label: string, message: string): string {
  const sentence = /^[a-z]/.test(message) ? `${label} ${message}` : message;
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}

function useWiring() {
  const field = useContext(FieldContext);
  if (field === undefined) return {};
  return {
    id: field.id,
    name: field.name,
    'aria-invalid': field.invalid || undefined,
    'aria-describedby': field.describedBy,
    'aria-required': field.required || undefined,
  };
}

/** A single line of text. Outside a Field it needs a name for screen readers of its own. */
export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input {...useWiring()} {...rest} className={classNames(styles.control, className)} />;
}

/** A password that can be looked at while typing. */
export function PasswordInput({ className, ...rest }: Omit<ComponentProps<'input'>, 'type'>) {
  const [shown, setShown] = useState(false);
  return (
    <div className={styles.withButton}>
      <Input {...rest} type={shown ? 'text' : 'password'} className={className} />
      <button
        type="button"
        className={styles.reveal}
        aria-label="Show password"
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      </button>
    </div>
  );
}

/** The platform's own list of options: right on phones, by keyboard and for screen readers. */
export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return (
    <select {...useWiring()} {...rest} className={classNames(styles.control, styles.select, className)} />
  );
}

/** Several lines of text; `code` sets them in the monospaced face. */
export function Textarea({
  className,
  code = false,
  ...rest
}: ComponentProps<'textarea'> & { code?: boolean }) {
  return (
    <textarea
      spellCheck={!code}
      {...useWiring()}
      {...rest}
      className={classNames(styles.control, styles.textarea, code && 'mono', className)}
    />
  );
}
