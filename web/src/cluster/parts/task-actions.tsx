import { Check, FastForward, SkipForward, X } from 'lucide-react';
import type { Task } from '../../conductor/types';
import { Field, Input, Select } from '../../ui/field';
import { commands } from '../client/commands';
import { obstacles, waitsForSomeone } from '../possible';
import { type Need, needs } from '../rights';
import type { Selection } from '../selection';
import { type Command, CommandButton } from './command-dialog';
import { JsonField, objectOf } from './json-field';
import { useRights } from './require-access';

/** What can be done to the selected task. */
export function TaskActions({ selection }: { selection: Selection }) {
  const latest = selection.attempts.at(-1);
  const rights = useRights();
  const { workflowName } = selection.execution;
  const after = (need: Need, command: Command): Command => ({
    ...command,
    obstacle: rights.lacks(need) ?? command.obstacle,
  });
  return (
    <>
      {waitsForSomeone(latest) && (
        <>
          <CommandButton
            size="small"
            command={after(needs.work(workflowName), complete(selection, latest))}
          />
          <CommandButton size="small" command={after(needs.work(workflowName), fail(selection, latest))} />
        </>
      )}
      {latest ? (
        <CommandButton size="small" command={after(needs.operate(workflowName), rerun(selection, latest))} />
      ) : (
        <CommandButton size="small" command={after(needs.operate(workflowName), skip(selection))} />
      )}
    </>
  );
}

function complete(selection: Selection, task: Task): Command {
  return {
    verb: 'Complete',
    icon: <Check aria-hidden />,
    obstacle: obstacles.end(selection),
    title: `Complete ${selection.reference}?`,
    consequence: 'The task ends as completed with the output below, and the flow goes on.',
    fields: <JsonField name="output" label="Output" hint="A JSON object; later tasks can refer to it." />,
    done: `${selection.reference} completed`,
    run: async (values) =>
      commands.endTask(task, selection.execution.workflowId, {
        status: 'COMPLETED',
        outputData: objectOf(values, 'output'),
      }),
  };
}

function fail(selection: Selection, task: Task): Command {
  return {
    verb: 'Fail',
    icon: <X aria-hidden />,
    danger: true,
    obstacle: obstacles.end(selection),
    title: `Fail ${selection.reference}?`,
    consequence:
      'The task ends as failed. Unless it is retried or optional, the whole execution fails with it.',
    fields: (
      <>
        <Field name="reason" label="Reason">
          <Input autoComplete="off" />
        </Field>
        <Field name="status" label="Retries">
          <Select defaultValue="FAILED">
            <option value="FAILED">As its definition says</option>
            <option value="FAILED_WITH_TERMINAL_ERROR">None: it has failed for good</option>
          </Select>
        </Field>
        <JsonField name="output" label="Output" rows={4} />
      </>
    ),
    done: `${selection.reference} failed`,
    run: async (values) =>
      commands.endTask(task, selection.execution.workflowId, {
        status: values.status === 'FAILED_WITH_TERMINAL_ERROR' ? 'FAILED_WITH_TERMINAL_ERROR' : 'FAILED',
        reasonForIncompletion: values.reason?.trim() || 'Failed from the console',
        outputData: objectOf(values, 'output'),
      }),
  };
}

function rerun(selection: Selection, task: Task): Command {
  const initial = JSON.stringify(task.inputData ?? {}, null, 2);
  return {
    verb: 'Rerun from here',
    icon: <FastForward aria-hidden />,
    danger: true,
    obstacle: obstacles.rerun(selection),
    title: `Rerun from ${selection.reference}?`,
    consequence:
      'This task runs again and the flow goes on from it, under the same id. What came after it is discarded; what came before it stays.',
    fields: (
      <JsonField
        name="input"
        label="Input of the task"
        hint="As it was. Change it to run the task with another input."
        initial={task.inputData}
      />
    ),
    done: `Rerunning from ${selection.reference}`,
    run: async (values) => {
      const input = objectOf(values, 'input');
      const changed = JSON.stringify(input, null, 2) !== initial;
      return commands.rerunFrom(selection.execution.workflowId, task.taskId, changed ? input : undefined);
    },
  };
}

function skip(selection: Selection): Command {
  return {
    verb: 'Skip',
    icon: <SkipForward aria-hidden />,
    obstacle: obstacles.skip(selection),
    title: `Skip ${selection.reference}?`,
    consequence:
      'When the flow comes to this task it goes past it, as if the task had answered with the output below.',
    fields: <JsonField name="output" label="Output" hint="A JSON object; later tasks can refer to it." />,
    done: `${selection.reference} will be skipped`,
    run: async (values) =>
      commands.skip(selection.execution.workflowId, selection.reference, objectOf(values, 'output')),
  };
}
