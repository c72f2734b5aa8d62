/** What a name of an organization or a cluster must look like, in words. */
export const nameRule = '2 to 40 characters: a–z, 0–9 and -, beginning with a letter.';

/** The first rule that a name breaks, or undefined when it is a good one. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'Enter a name.';
  if (/[A-Z]/.test(name)) return `Use small letters only${likewise(name)}.`;
  if (/\s/.test(name)) return `No spaces; use - between words${likewise(name)}.`;
  const stray = /[^a-z0-9-]/.exec(name);
  if (stray !== null) return `“${stray[0]}” is not allowed; use a–z, 0–9 and -.`;
  if (!/^[a-z]/.test(name)) return 'Begin with a letter.';
  if (name.endsWith('-')) return 'Do not end with -.';
  if (name.length < 2) return 'At least 2 characters.';
  if (name.length > 40) return `At most 40 characters, this has ${name.length}.`;
  return undefined;
}

/** A good name that is like another one, to be put behind a rule; nothing when there is none. */
function likewise(name: string): string {
  const like = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return nameProblem(like) === undefined ? `, as in ${like}` : '';
}

/** A name that is not taken: "first" to begin with, then "cluster-2" and so on. */
export function freeClusterName(taken: readonly string[]): string {
  if (taken.length === 0) return 'first';
  let number = taken.length + 1;
  while (taken.includes(`cluster-${number}`)) number += 1;
  return `cluster-${number}`;
}
