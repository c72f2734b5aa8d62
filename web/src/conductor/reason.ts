/** What the engine puts around a task's reason when the task ends its execution. */
const around = /^Task [\w-]+ failed with status: [A-Z_]+ and reason: '(.*)'$/s;
const between = /', Task [\w-]+ failed with status: [A-Z_]+ and reason: '/g;

/**
 * Why an execution or a task did not complete, in the words of who failed it: without the ids and states of the tasks that
 * passed the reason on, which the pages show in better ways. Several reasons are parted by semicolons; empty when none was given.
 */
export function plainReason(reason: string): string {
  const inner = around.exec(reason)?.[1];
  return inner === undefined ? reason : plainReason(inner.replaceAll(between, '; '));
}
