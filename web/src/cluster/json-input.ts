import type { JsonObject } from '../conductor/types';

/** What was typed as a JSON object, or why it is none. Nothing typed is the empty object. */
export function parseObject(text: string): { value: JsonObject } | { error: string } {
  if (text.trim() === '') return { value: {} };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { error: `This is not JSON${where(text, error)}.` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { error: 'It must be a JSON object: {"name": value, …}.' };
  }
  return { value: value as JsonObject };
}

function where(text: string, error: unknown): string {
  const position = /position (\d+)/.exec(String(error))?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `: look at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** A value typed into a form's field: JSON if it reads as JSON, else the text itself. */
export function parseLoose(text: string): JsonObject[string] {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** How a value stands in a form's field, such that `parseLoose` reads the same from it. */
export function toLoose(value: JsonObject[string]): string {
  if (value === undefined) return '';
  if (typeof value !== 'string' || value === '') return JSON.stringify(value);
  return parseLoose(value) === value ? value : JSON.stringify(value);
}
