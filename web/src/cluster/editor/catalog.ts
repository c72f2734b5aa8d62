import type { TaskDef } from '../client/types';
import type { Template } from './shape';

/** A task of a registered definition to begin with: its inputs are there, to be filled in. */
export function catalogTemplate(def: TaskDef): Template {
  const name = JSON.stringify(def.name);
  const inputs = inputsOf(def).map((each) => `\n\t\t${JSON.stringify(each)}: "#{}"`);
  const reference = JSON.stringify(`#{${def.name.replaceAll(/[^\w-]/g, '_')}_ref}`);
  const parameters = inputs.length === 0 ? '#{}' : `${inputs.join(',')}\n\t`;
  return {
    name: def.name,
    info: def.description ?? 'A task that a worker does',
    text: `{\n\t"name": ${name},\n\t"taskReferenceName": ${reference},\n\t"type": "SIMPLE",\n\t"inputParameters": {${parameters}}\n}`,
  };
}

/** The inputs that a task wants: by its schema, or those that it lists. What its template gives need not be given again. */
function inputsOf({ inputSchema, inputKeys, inputTemplate }: TaskDef): readonly string[] {
  const { required, properties } = inputSchema?.data ?? {};
  const known = required ?? (properties ? Object.keys(properties) : (inputKeys ?? []));
  return known.filter((name) => inputTemplate?.[name] === undefined);
}
