import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { useToast } from '../../ui/toast';
import type { Obstacle } from '../possible';

export interface Command {
  /** The verb on the button. */
  verb: string;
  icon?: ReactNode;
  danger?: boolean;
  /** Why it cannot be done now. */
  obstacle: Obstacle;
  /** Heading of the question. */
  title: string;
  /** What will happen. */
  consequence: ReactNode;
  fields?: ReactNode;
  /** Said when it is done. */
  done: string;
  run: (values: Record<string, string>) => Promise<unknown>;
}

/** Asks for a command's confirmation and carries it out; then the executions are read again. */
export function CommandDialog({ command, onClose }: { command: Command; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={command.title}
      confirm={command.verb}
      danger={command.danger}
      fields={command.fields}
      onConfirm={async (values) => {
        await command.run(values);
        toast({ kind: 'success', title: command.done });
        await Promise.all([
          client.invalidateQueries({ queryKey: ['execution'] }),
          client.invalidateQueries({ queryKey: ['executions'] }),
        ]);
      }}
    >
      {command.consequence}
    </ConfirmDialog>
  );
}

/** The button of a command, with its confirmation. */
export function CommandButton({ command, size }: { command: Command; size?: 'small' }) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button
        icon={command.icon}
        size={size}
        disabledReason={command.obstacle}
        onClick={() => setAsked(true)}
      >
        {command.verb}
      </Button>
      {asked && <CommandDialog command={command} onClose={() => setAsked(false)} />}
    </>
  );
}
