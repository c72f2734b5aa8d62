import type { ReactNode } from 'react';
import { Button } from './button';
import { Dialog } from './dialog';
import { Field, Input } from './field';
import { type FieldErrors, Form, FormActions, useFormPending } from './form';

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, in full. */
  children: ReactNode;
  /** The verb on the button, such as "Delete cluster". */
  confirm: string;
  /** Draws the button as destructive. */
  danger?: boolean;
  /** Why it cannot be confirmed now, such as that nobody knows yet what will happen. */
  obstacle?: string | undefined;
  /** What must be typed first. Only for what cannot be undone. */
  typed?: string;
  /** Further fields, such as a reason; their values come with onConfirm. */
  fields?: ReactNode;
  /** Does it. The dialog closes when it is done and shows the error when it throws. */
  onConfirm: (values: Record<string, string>) => Promise<void>;
}

/** Asks before something is done that changes much. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const {
    open,
    onOpenChange,
    title,
    children,
    confirm,
    danger = false,
    obstacle,
    typed,
    fields,
    onConfirm,
  } = props;
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={title} description={children}>
      <Form
        className="stack"
        validate={(values): FieldErrors =>
          typed !== undefined && values.confirmation?.trim() !== typed
            ? { confirmation: `This is not “${typed}”.` }
            : {}
        }
        onSubmit={async ({ confirmation: _, ...values }) => {
          await onConfirm(values);
          onOpenChange(false);
        }}
      >
        {fields}
        {typed !== undefined && (
          <Field name="confirmation" label={`Type ${typed} to confirm`}>
            <Input autoComplete="off" autoCapitalize="off" spellCheck={false} />
          </Field>
        )}
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Confirm danger={danger} obstacle={obstacle}>
            {confirm}
          </Confirm>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function Confirm(props: { danger: boolean; obstacle: string | undefined; children: string }) {
  const { danger, obstacle, children } = props;
  return (
    <Button
      type="submit"
      kind={danger ? 'danger' : 'primary'}
      pending={useFormPending()}
      {...(obstacle !== undefined && { disabledReason: obstacle })}
    >
      {children}
    </Button>
  );
}
