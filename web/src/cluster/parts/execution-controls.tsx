import { useQuery } from '@tanstack/react-query';
import { CirclePause, CirclePlay, CircleStop, Ellipsis, RotateCcw, StepForward } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useNavigate } from 'react-router';
import type { Execution } from '../../conductor/types';
import { workflowEnded } from '../../conductor/types';
import { IconButton } from '../../ui/button';
import { Field, Input, Select } from '../../ui/field';
import { Menu, MenuItem } from '../../ui/menu';
import { commands } from '../client/commands';
import { definitionQuery } from '../client/queries';
import { paths } from '../paths';
import { obstacles } from '../possible';
import { needs } from '../rights';
import { failedTasks } from '../selection';
import { type Command, CommandButton, CommandDialog } from './command-dialog';
import { useRights } from './require-access';

/** What can be done to an execution. What fits its state stands in front, the rest in the menu. */
export function ExecutionControls({ execution }: { execution: Execution }) {
  const [asked, setAsked] = useState<Command>();
  const navigate = useNavigate();
  const ended = workflowEnded(execution.status);
  const rights = useRights();
  const whyNot = rights.lacks(needs.operate(execution.workflowName));
  const allowed = (command: Command): Command => ({ ...command, obstacle: whyNot ?? command.obstacle });
  const all = {
    pause: allowed(pause(execution)),
    resume: allowed(resume(execution)),
    terminate: allowed(terminate(execution)),
    retry: allowed(retry(execution)),
    restart: allowed(restart(execution)),
  };
  const front = ended
    ? [all.retry, all.restart]
    : [execution.status === 'PAUSED' ? all.resume : all.pause, all.terminate];
  const rest = Object.values(all).filter((command) => !front.includes(command));
  return (
    <>
      {front.map((command) => (
        <CommandButton key={command.verb} command={command} />
      ))}
      <Menu
        trigger={
          <IconButton label="More actions" kind="secondary">
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        {rest.map((command) => (
          <MenuItem
            key={command.verb}
            icon={command.icon}
            danger={command.danger}
            disabledReason={command.obstacle}
            onSelect={() => setAsked(command)}
          >
            {command.verb}
          </MenuItem>
        ))}
        <MenuItem
          icon={<StepForward aria-hidden />}
          disabledReason={rights.lacks(needs.run(execution.workflowName))}
          onSelect={() =>
            void navigate(paths.run(execution.workflowName, execution.workflowVersion, execution.workflowId))
          }
        >
          Run anew with this input
        </MenuItem>
      </Menu>
      {asked && <CommandDialog command={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function pause(execution: Execution): Command {
  return {
    verb: 'Pause',
    icon: <CirclePause aria-hidden />,
    obstacle: obstacles.pause(execution),
    title: 'Pause this execution?',
    consequence:
      'No further task is scheduled until it is resumed. Tasks that are scheduled already may still be worked on, and timers run on.',
    done: 'Paused',
    run: () => commands.pause(execution.workflowId),
  };
}

function resume(execution: Execution): Command {
  return {
    verb: 'Resume',
    icon: <CirclePlay aria-hidden />,
    obstacle: obstacles.resume(execution),
    title: 'Resume this execution?',
    consequence: 'It goes on where it was paused: what became due meanwhile is scheduled at once.',
    done: 'Resumed',
    run: () => commands.resume(execution.workflowId),
  };
}

function terminate(execution: Execution): Command {
  return {
    verb: 'Terminate',
    icon: <CircleStop aria-hidden />,
    danger: true,
    obstacle: obstacles.terminate(execution),
    title: 'Terminate this execution?',
    consequence:
      'Every open task is cancelled, and running sub-workflows are terminated too. Results of workers that come later are ignored. It can be retried or restarted afterwards.',
    fields: (
      <Field name="reason" label="Reason" optional hint="Stands on the execution for everyone to read.">
        <Input autoComplete="off" />
      </Field>
    ),
    done: 'Terminated',
    run: ({ reason = '' }) => commands.terminate(execution.workflowId, reason.trim()),
  };
}

function retry(execution: Execution): Command {
  const failed = failedTasks(execution);
  return {
    verb: 'Retry',
    icon: <RotateCcw aria-hidden />,
    obstacle: obstacles.retry(execution),
    title: 'Retry this execution?',
    consequence: (
      <>
        It goes on under the same id from what did not succeed
        {failed.length > 0 && <>: {listOf(failed.map((task) => task.referenceTaskName))}</>}. What has
        completed stays as it is.
      </>
    ),
    fields: failed.some((task) => task.taskType === 'SUB_WORKFLOW') && (
      <Field name="children" label="Failed sub-workflows">
        <Select defaultValue="anew">
          <option value="anew">Start anew</option>
          <option value="resume">Go on where they failed</option>
        </Select>
      </Field>
    ),
    done: 'Retried',
    run: ({ children }) => commands.retry(execution.workflowId, children === 'resume'),
  };
}

function restart(execution: Execution): Command {
  return {
    verb: 'Restart',
    icon: <StepForward aria-hidden />,
    danger: true,
    obstacle: obstacles.restart(execution),
    title: 'Restart this execution?',
    consequence:
      'It starts over under the same id with the same input. The tasks, logs and output of this run are discarded.',
    fields: <RestartFields execution={execution} />,
    done: 'Restarted',
    run: ({ definition }) => commands.restart(execution.workflowId, definition === 'latest'),
  };
}

function RestartFields({ execution }: { execution: Execution }) {
  const latest = useQuery(definitionQuery(execution.workflowName, undefined));
  const number = latest.data && ` (version ${latest.data.version})`;
  return (
    <Field name="definition" label="Definition">
      <Select defaultValue="same">
        <option value="same">As it was at the start (version {execution.workflowVersion})</option>
        <option value="latest">The latest{number}</option>
      </Select>
    </Field>
  );
}

function listOf(names: readonly string[]): ReactNode {
  const shown = names.slice(0, 3);
  return (
    <>
      {shown.map((name, i) => (
        <span key={name}>
          {i > 0 && ', '}
          <code>{name}</code>
        </span>
      ))}
      {names.length > shown.length && ` and ${names.length - shown.length} more`}
    </>
  );
}
