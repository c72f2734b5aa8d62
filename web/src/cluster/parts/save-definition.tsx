import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { JsonObject, WorkflowDef } from '../../conductor/types';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Field, Select } from '../../ui/field';
import { FormRefused } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { useToast } from '../../ui/toast';
import { ApiError } from '../client/call';
import { commands } from '../client/commands';
import { definitionQuery, definitionVersionsQuery } from '../client/queries';
import { ChangeList } from './definition-changes';

interface SaveDefinitionProps {
  /** What was changed; undefined when the definition is new. */
  base: WorkflowDef | undefined;
  value: JsonObject;
  drawable: WorkflowDef;
  onClose: () => void;
  onSaved: (name: string, version: number) => void;
}

/**
 * Asks under which version a definition is saved, and says when somebody else was quicker. A version that was changed
 * since it was opened is overwritten only when one says so a second time.
 */
export function SaveDefinition({ base, value, drawable, onClose, onSaved }: SaveDefinitionProps) {
  const client = useQueryClient();
  const toast = useToast();
  const [conflict, setConflict] = useState<string>();
  const { name } = drawable;
  const versions = useQuery({ ...definitionVersionsQuery(name), staleTime: 0 });
  const taken = (versions.data ?? []).map(({ version }) => version);
  const next = Math.max(0, ...taken, base?.name === name ? base.version : 0) + 1;
  const inPlace = base?.name === name ? base.version : undefined;
  const own = drawable.version;
  // A version that is written in the text and free is what its writer means.
  const fresh = own !== inPlace && !taken.includes(own) ? own : next;

  async function save({ as = 'new' }: Record<string, string>) {
    const overwrite = as === 'overwrite' && inPlace !== undefined;
    const version = overwrite ? inPlace : fresh;
    if (overwrite && conflict === undefined) {
      const current = await client.fetchQuery({ ...definitionQuery(name, version), staleTime: 0 });
      if (stamp(current) !== stamp(base)) {
        const text = `Version ${version} was changed by somebody since you opened it.`;
        setConflict(text);
        throw new FormRefused({ fields: {}, form: `${text} Save again to overwrite that, too.` });
      }
    }
    try {
      await commands.saveDefinition({ ...value, version }, overwrite);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        await versions.refetch();
        throw new FormRefused({
          fields: {},
          form: `Somebody has registered version ${version} of ${name} meanwhile. Save again to register yours as the next one.`,
        });
      }
      throw error;
    }
    await client.invalidateQueries({ queryKey: ['definitions'] });
    toast({ kind: 'success', title: `Saved as version ${version}` });
    onSaved(name, version);
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Save ${name}?`}
      confirm="Save"
      fields={
        <>
          <Field
            name="as"
            label="Save as"
            hint={
              inPlace === undefined
                ? 'Executions that run already are not touched.'
                : 'Executions that run already go on with the definition that they were started with.'
            }
          >
            <Select defaultValue="new">
              <option value="new">Version {fresh}, a new one</option>
              {inPlace !== undefined && (
                <option value="overwrite">Version {inPlace}, in place of what is there</option>
              )}
            </Select>
          </Field>
          {base && inPlace === undefined && (
            <Notice kind="warning">
              The name is another one: this becomes a definition of its own, and {base.name} stays as it is.
            </Notice>
          )}
        </>
      }
      onConfirm={save}
    >
      {base && inPlace !== undefined ? (
        <ChangeList before={base} after={drawable} />
      ) : (
        'The definition is registered, and can be run at once.'
      )}
    </ConfirmDialog>
  );
}

/** Tells one state of a version from another. */
function stamp(definition: WorkflowDef | undefined): string {
  return JSON.stringify(definition);
}
