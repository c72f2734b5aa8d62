/** Order matters: most browsers also claim to be others. */
const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Mac OS X', 'macOS'],
  ['Windows', 'Windows'],
  ['Linux', 'Linux'],
] as const;

/** A name for a browser that a person knows, from what it says of itself. */
export function browserOf(agent: string | undefined): string {
  if (agent === undefined) return 'Unknown program';
  const browser = browsers.find(([sign]) => agent.includes(sign))?.[1] ?? agent.split(/[\s/]/)[0];
  const system = systems.find(([sign]) => agent.includes(sign))?.[1];
  return system === undefined ? `${browser}` : `${browser} on ${system}`;
}
