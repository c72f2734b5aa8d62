import { Field, Input } from '../../ui/field';
import type { FieldErrors, FormValues } from '../../ui/form';

/** Where the code of the second factor is entered. */
export function CodeField({ recovery = true }: { recovery?: boolean }) {
  return (
    <Field
      name="code"
      label="Code"
      hint={
        recovery
          ? 'The six digits that your app shows now. Without the phone, one of your recovery codes.'
          : 'The six digits that the app shows now.'
      }
    >
      <Input
        autoFocus
        autoComplete="one-time-code"
        inputMode={recovery ? 'text' : 'numeric'}
        autoCapitalize="off"
        spellCheck={false}
        maxLength={40}
      />
    </Field>
  );
}

/** What is wrong with a form that has a code field. */
export function checkCode({ code = '' }: FormValues): FieldErrors {
  return code.trim() === '' ? { code: 'Enter the code.' } : {};
}
