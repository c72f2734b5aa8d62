import { expect, test } from 'vitest';
import { cronExamples, cronText, zonedText, zones } from './cron';
import { actionText } from './event-actions';
import { readViews } from './saved-views';
import { clocksOf } from './schedules';

test('cron expressions are put into words', () => {
  expect(cronText('0 0 3 * * *')).toBe('At 03:00');
  expect(cronText('0 30 8 * * MON-FRI')).toBe('At 08:30, Monday through Friday');
  expect(cronText('0 */15 * * * *')).toBe('Every 15 minutes');
  expect(cronText('this is none')).toBeUndefined();
  expect(cronText(' ')).toBeUndefined();
  for (const [expression] of cronExamples) expect(cronText(expression)).toBeDefined();
});

test('times are told by the clocks of their zone', () => {
  const time = Date.UTC(2026, 10, 23, 2, 0, 0);
  expect(zonedText(time, 'Europe/Berlin')).toMatch(/^Mon,? 23 Nov,? 03:00:00 CET$/);
  expect(zonedText(time, 'America/New_York')).toMatch(/^Sun,? 22 Nov,? 21:00:00/);
  expect(zonedText(time, 'Nowhere/Atoll')).toMatch(/^Mon,? 23 Nov,? 02:00:00 UTC$/);
  expect(zones()[0]).toBe('UTC');
});

test('a schedule has one clock, or several', () => {
  expect(clocksOf({ name: 'a', cronExpression: '0 0 3 * * *' })).toEqual([
    { cronExpression: '0 0 3 * * *', zoneId: 'UTC' },
  ]);
  expect(
    clocksOf({
      name: 'a',
      cronSchedules: [
        { cronExpression: '0 0 3 * * *' },
        { cronExpression: '0 0 4 * * *', zoneId: 'Asia/Seoul' },
      ],
    }).map(({ zoneId }) => zoneId),
  ).toEqual(['UTC', 'Asia/Seoul']);
});

test('actions of event handlers are put into words', () => {
  expect(actionText({ action: 'start_workflow', start_workflow: { name: 'ship' } })).toBe('starts ship');
  expect(actionText({ action: 'complete_task' })).toBe('completes a task');
  expect(actionText({ action: 'something_new' })).toBe('something_new');
});

test('saved views that cannot be read count as none', () => {
  expect(readViews(null)).toEqual([]);
  expect(readViews('{')).toEqual([]);
  expect(readViews('{"name": "a"}')).toEqual([]);
  expect(readViews('[{"name": "a", "query": "status=FAILED"}, 3, {"name": "b"}]')).toEqual([
    { name: 'a', query: 'status=FAILED' },
  ]);
});
