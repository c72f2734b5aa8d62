import { spanText } from '../ui/time-text';
import type { TaskDef } from './client/types';

const seconds = (count: number) => spanText(count * 1000);

/** How often and when a task is tried again, in words. */
export function retryText(def: TaskDef): string {
  if (def.retryCount === 0) return 'none';
  const delay = seconds(def.retryDelaySeconds);
  if (def.retryCount === 1) return `once, after ${delay}`;
  const times = `${def.retryCount} times`;
  const cap = def.maxRetryDelaySeconds ? `, at most ${seconds(def.maxRetryDelaySeconds)}` : '';
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
    return def.responseTimeoutSeconds ? `silent for ${seconds(def.responseTimeoutSeconds)}` : 'never';
  return `after ${seconds(def.timeoutSeconds)}: ${policyWords[def.timeoutPolicy] ?? def.timeoutPolicy}`;
}

const policyWords: Record<string, string> = {
  RETRY: 'tried again',
  TIME_OUT_WF: 'ends the workflow',
  ALERT_ONLY: 'only noted',
};
