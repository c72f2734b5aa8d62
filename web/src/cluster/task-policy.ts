import { spanText } from '../ui/time-text';
import type { TaskDef } from './client/types';

/** A length of time without the units that are nought: "1 min", not "1 min 0 s". */
export function lengthText(seconds: number): string {
  return spanText(seconds * 1000)
    .replace('.0 ', ' ')
    .replace(/ 0 \w+$/, '');
}

/** How often and when a task is tried again, in words. */
export function retryText(def: TaskDef): string {
  if (def.retryCount === 0) return 'none';
  const delay = lengthText(def.retryDelaySeconds);
  if (def.retryCount === 1) return `once, after ${delay}`;
  const times = `${def.retryCount} times`;
  const cap = def.maxRetryDelaySeconds ? `, at most ${lengthText(def.maxRetryDelaySeconds)}` : '';
  switch (def.retryLogic) {
    case 'EXPONENTIAL_BACKOFF':
      return `${times}, after ${delay}, then twice as long each${cap}`;
    case 'LINEAR_BACKOFF':
      return `${times}, ${delay} longer each${cap}`;
    default:
      return `${times}, ${delay} apart`;
  }
}

/** When a task times out and what happens then, in words. */
export function timeoutText(def: TaskDef): string {
  if (!def.timeoutSeconds)
    return def.responseTimeoutSeconds ? `when silent for ${lengthText(def.responseTimeoutSeconds)}` : 'never';
  return `after ${lengthText(def.timeoutSeconds)}: ${policyWords[def.timeoutPolicy] ?? def.timeoutPolicy}`;
}

const policyWords: Record<string, string> = {
  RETRY: 'tried again',
  TIME_OUT_WF: 'ends the workflow',
  ALERT_ONLY: 'only noted',
};
