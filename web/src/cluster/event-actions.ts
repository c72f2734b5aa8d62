import type { JsonObject } from '../conductor/types';
import type { EventAction } from './client/types';

/** What an event handler can do, in words. */
export const actionWords: Record<string, string> = {
  start_workflow: 'Start a workflow',
  complete_task: 'Complete a task',
  fail_task: 'Fail a task',
  terminate_workflow: 'Terminate an execution',
  update_workflow_variables: 'Change variables',
};

/** An action in words, with what it is done to: "starts ship_order". */
export function actionText(action: EventAction): string {
  const details = (action as unknown as Record<string, JsonObject | undefined>)[action.action] ?? {};
  const text = (name: string) => (typeof details[name] === 'string' ? details[name] : '');
  switch (action.action) {
    case 'start_workflow':
      return `starts ${text('name') || 'a workflow'}`;
    case 'complete_task':
      return `completes ${text('taskRefName') || 'a task'}`;
    case 'fail_task':
      return `fails ${text('taskRefName') || 'a task'}`;
    case 'terminate_workflow':
      return 'terminates an execution';
    case 'update_workflow_variables':
      return 'changes variables';
    default:
      return action.action;
  }
}
