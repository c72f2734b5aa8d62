/** A new random key for a call that must not be carried out twice. */
export function newKey(): string {
  // Not randomUUID: it is missing where the console is served by plain http from another machine.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
