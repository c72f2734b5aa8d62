/** What one must be able to do as well, beside seeing what it is about. */
const beside: Record<string, string> = {
  'cluster.view': 'cluster.use',
  'cluster.operate': 'cluster.use',
  'cluster.develop': 'cluster.use',
  'cluster.administer': 'cluster.use',
};

/** The permissions without which one is of no use in the console: to see what it changes, and to open where it does. */
function needs(name: string): string[] {
  const [subject] = name.split('.');
  return [`${subject}.read`, beside[name]].filter(
    (other) => other !== undefined && other !== name,
  ) as string[];
}

/** A choice of permissions after one was ticked, with what it needs, or unticked, with what needs it. */
export function afterTick(chosen: string[], name: string, on: boolean, all: string[]): string[] {
  const change = new Set([name]);
  for (let size = 0; size !== change.size; ) {
    size = change.size;
    for (const one of all) {
      const pulled = on
        ? [...change].some((ticked) => needs(ticked).includes(one))
        : needs(one).some((gone) => change.has(gone));
      if (pulled) change.add(one);
    }
  }
  return all.filter((one) => (change.has(one) ? on : chosen.includes(one)));
}
