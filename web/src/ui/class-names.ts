/** Joins class names and leaves out what is missing, so that conditions can stand in line. */
export function classNames(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
