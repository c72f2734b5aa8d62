import type { EventHandler, Schedule, ScheduleRun } from '../../src/cluster/client/types.ts';
import { Refusal } from './refusal.ts';

const quarter = 15 * 60_000;

/** Schedules, event handlers, secrets and the environment of a data plane in memory. */
export class Registry {
  readonly schedules = new Map<string, Schedule>();
  readonly handlers = new Map<string, EventHandler>();
  readonly secrets = new Map<string, string>();
  readonly variables = new Map<string, string>();

  constructor(empty: boolean) {
    if (empty) return;
    for (const schedule of someSchedules) this.schedules.set(schedule.name, { ...schedule });
    for (const handler of someHandlers) this.handlers.set(handler.name, { ...handler });
    for (const name of ['card_network_key', 'mail-password', 'S3_SECRET']) this.secrets.set(name, 'unseen');
    this.variables.set('image_host', 'https://images.example.com');
    this.variables.set('region', 'eu-central-1');
  }

  schedule(name: string): Schedule {
    const found = this.schedules.get(name);
    if (!found) throw new Refusal(404, `No such schedule: ${name}`);
    return found;
  }

  saveSchedule(schedule: Schedule): Schedule {
    if (!readable(schedule.cronExpression ?? '')) {
      throw new Refusal(400, 'Validation failed.', [
        { path: 'cronExpression', message: 'must have six fields: second minute hour day month weekday' },
      ]);
    }
    this.schedules.set(schedule.name, schedule);
    return schedule;
  }

  /** Every quarter of an hour, whatever the expression says, as long as it has six fields. */
  nextTimes(cronExpression: string): number[] {
    if (!readable(cronExpression)) {
      throw new Refusal(
        400,
        'The cron expression must have six fields: second minute hour day month weekday.',
      );
    }
    const first = Math.ceil(Date.now() / quarter) * quarter;
    return Array.from({ length: 5 }, (_, i) => first + i * quarter);
  }

  runs(query: string): { totalHits: number; results: ScheduleRun[] } {
    const name = /scheduleName IN \(([^)]*)\)/.exec(query)?.[1] ?? '';
    const schedule = this.schedules.get(name);
    if (!schedule || name === 'weekly-report') return { totalHits: 0, results: [] };
    const last = Math.floor(Date.now() / quarter) * quarter;
    const results = Array.from({ length: 8 }, (_, i): ScheduleRun => {
      const failed = i === 3;
      return {
        executionId: `${name}-${i}`,
        scheduleName: name,
        scheduledTime: last - i * quarter,
        executionTime: last - i * quarter + 12,
        state: failed ? 'FAILED' : 'EXECUTED',
        workflowName: schedule.startWorkflowRequest?.name ?? '',
        ...(failed
          ? { reason: 'No such workflow defined. name=nightly_import' }
          : { workflowId: `00${1000 + i}aa-5b1d-4c8e-9f00-6f6d2a7e3c0${i}` }),
      };
    });
    return { totalHits: results.length, results };
  }

  saveHandler(handler: EventHandler, fresh: boolean) {
    if (fresh && this.handlers.has(handler.name)) {
      throw new Refusal(409, `Event handler with name ${handler.name} already exists`);
    }
    if (!fresh && !this.handlers.has(handler.name)) {
      throw new Refusal(404, `No such event handler: ${handler.name}`);
    }
    for (const [i, action] of handler.actions.entries()) {
      if (action.action === 'start_workflow' && !action.start_workflow?.name) {
        throw new Refusal(400, 'Validation failed.', [
          { path: `actions[${i}].start_workflow.name`, message: 'must not be empty' },
        ]);
      }
    }
    this.handlers.set(handler.name, handler);
  }
}

function readable(cronExpression: string): boolean {
  return cronExpression.trim().split(/\s+/).length === 6;
}

const someSchedules: readonly Schedule[] = [
  {
    name: 'nightly-import',
    description: 'Imports what came in over the day.',
    cronExpression: '0 0 3 * * *',
    zoneId: 'Europe/Berlin',
    startWorkflowRequest: { name: 'nightly_import', input: { bucket: 'incoming', limit: 1000 } },
    createTime: Date.UTC(2026, 9, 2),
  },
  {
    name: 'reconcile',
    cronExpression: '0 */15 * * * *',
    zoneId: 'UTC',
    paused: true,
    pausedReason: 'The bank is away until Monday.',
    startWorkflowRequest: { name: 'reconcile_ledger', version: 1, input: {} },
  },
  {
    name: 'weekly-report',
    cronExpression: '0 30 8 * * MON',
    zoneId: 'America/New_York',
    runCatchupScheduleInstances: true,
    startWorkflowRequest: { name: 'make_thumbnail', input: { width: 320 }, correlationId: 'weekly' },
  },
];

const someHandlers: readonly EventHandler[] = [
  {
    name: 'paid-orders',
    description: 'Ships what has been paid.',
    event: 'conductor:fulfil_order:paid',
    condition: '$.amount > 0',
    active: true,
    actions: [
      { action: 'start_workflow', start_workflow: { name: 'ship_parcel', input: { order: '${order}' } } },
    ],
  },
  {
    name: 'reviews',
    event: 'kafka:reviews',
    active: false,
    actions: [
      {
        action: 'complete_task',
        complete_task: {
          workflowId: '${workflowId}',
          taskRefName: 'legal_review',
          output: { verdict: '${verdict}' },
        },
      },
    ],
  },
];
