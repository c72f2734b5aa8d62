import {
  type ComponentProps,
  createContext,
  type ReactNode,
  type RefObject,
  useContext,
  useEffect,
  useRef,
  useState,
} from 'react';
import styles from './form.module.css';
import { StateIcon } from './status';

/** Error texts by field name. */
export type FieldErrors = Record<string, string>;

/** What a form shows after it was refused: texts at fields, and one over the form for what belongs to none. */
export interface FormErrors {
  fields: FieldErrors;
  form?: string;
}

/** Thrown by a form's onSubmit to have the errors shown; anything else is shown by its message. */
export class FormRefused extends Error {
  readonly errors: FormErrors;

  constructor(errors: FormErrors) {
    super(errors.form ?? Object.values(errors.fields).join(' '));
    this.errors = errors;
  }
}

export type FormValues = Record<string, string>;

interface FormState {
  pending: boolean;
  errorOf: (name: string) => string | undefined;
}

const FormContext = createContext<FormState>({ pending: false, errorOf: () => undefined });

/** The error that the surrounding form has for a field. */
export function useFieldError(name: string): string | undefined {
  return useContext(FormContext).errorOf(name);
}

/** Whether the surrounding form is being sent. */
export function useFormPending(): boolean {
  return useContext(FormContext).pending;
}

export interface FormProps extends Omit<ComponentProps<'form'>, 'onSubmit'> {
  /** Checks before sending; nothing is sent while it finds errors. */
  validate?: (values: FormValues) => FieldErrors;
  /** Sends the values. Throw FormRefused for errors at fields. */
  onSubmit: (values: FormValues) => Promise<void>;
  children: ReactNode;
}

/**
 * A form that sends its values once at a time. Errors appear at their fields, those of unknown fields over the form; the
 * first wrong field gets the focus, and an error goes when its field is changed.
 */
export function Form({ validate, onSubmit, children, ...rest }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const sending = useRef(false);
  const [pending, setPending] = useState(false);
  const [errors, setErrors] = useState<FormErrors>({ fields: {} });
  useFocusOnError(form, errors);

  async function submit() {
    if (sending.current || form.current === null) return;
    const values = valuesOf(form.current);
    const found = validate?.(values) ?? {};
    setErrors({ fields: found });
    if (Object.keys(found).length > 0) return;
    sending.current = true;
    setPending(true);
    try {
      await onSubmit(values);
    } catch (error) {
      setErrors(placed(toFormErrors(error), values));
    } finally {
      sending.current = false;
      setPending(false);
    }
  }

  return (
    <FormContext value={{ pending, errorOf: (name) => errors.fields[name] }}>
      <form
        {...rest}
        ref={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        onInput={(event) => {
          const name = (event.target as HTMLInputElement).name;
          if (errors.fields[name] !== undefined) {
            const { [name]: _, ...others } = errors.fields;
            setErrors({ ...errors, fields: others });
          }
        }}
      >
        {errors.form !== undefined && (
          <p role="alert" className={styles.alert}>
            <StateIcon kind="failed" />
            {errors.form}
          </p>
        )}
        {children}
      </form>
    </FormContext>
  );
}

/** A row for the form's buttons, the main one last. */
export function FormActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}

function valuesOf(form: HTMLFormElement): FormValues {
  return Object.fromEntries(
    [...new FormData(form)].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function toFormErrors(error: unknown): FormErrors {
  if (error instanceof FormRefused) return error.errors;
  return { fields: {}, form: error instanceof Error ? error.message : String(error) };
}

/** Moves errors of fields that the form does not have to the text over the form, so that none is swallowed. */
function placed(errors: FormErrors, values: FormValues): FormErrors {
  const strays = Object.entries(errors.fields).filter(([name]) => !(name in values));
  if (strays.length === 0) return errors;
  return {
    fields: Object.fromEntries(Object.entries(errors.fields).filter(([name]) => name in values)),
    form: [errors.form, ...strays.map(([name, text]) => `${name}: ${text}`)].filter(Boolean).join(' '),
  };
}

function useFocusOnError(form: RefObject<HTMLFormElement | null>, errors: FormErrors) {
  const before = useRef(0);
  const count = Object.keys(errors.fields).length;
  useEffect(() => {
    // Only when errors come, not when one of them goes while typing.
    if (count > before.current) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    before.current = count;
  }, [count, form]);
}
