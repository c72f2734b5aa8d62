import { type ReactNode, useEffect, useRef } from 'react';
import { useBlocker } from 'react-router';
import { ConfirmDialog } from '../ui/confirm-dialog';

export interface Unsaved {
  /** The question whether to leave; render it anywhere. */
  guard: ReactNode;
  /** Lets the next change of page pass: what was entered is saved, or given up on purpose. */
  release: () => void;
}

/** Asks before the page is left while something entered is not saved. */
export function useUnsaved(dirty: boolean): Unsaved {
  const released = useRef(false);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      dirty && !released.current && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!released.current) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [dirty]);
  return {
    release: () => {
      released.current = true;
    },
    guard: blocker.state === 'blocked' && (
      <ConfirmDialog
        open
        danger
        onOpenChange={(open) => {
          if (!open) blocker.reset();
        }}
        title="Leave without saving?"
        confirm="Discard changes"
        onConfirm={async () => blocker.proceed()}
      >
        What you have changed here is not saved, and is lost when you leave.
      </ConfirmDialog>
    ),
  };
}
