import { Button } from '../../ui/button';
import { useFormPending } from '../../ui/form';

/** The main button of the surrounding form. */
export function Submit({ children }: { children: string }) {
  return (
    <Button type="submit" kind="primary" pending={useFormPending()}>
      {children}
    </Button>
  );
}
