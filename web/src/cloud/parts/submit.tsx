import type { ReactNode } from 'react';
import { Button, type ButtonProps } from '../../ui/button';
import { useFormPending } from '../../ui/form';

/** The main button of a form; busy while the form is being sent. */
export function Submit({
  children,
  ...rest
}: Omit<ButtonProps, 'type' | 'pending'> & { children: ReactNode }) {
  return (
    <Button kind="primary" {...rest} type="submit" pending={useFormPending()}>
      {children}
    </Button>
  );
}
