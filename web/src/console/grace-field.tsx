import { Field, Select } from '../ui/field';

/** Asks for how many hours (`grace`) a secret goes on beside the one that replaces it. */
export function GraceField() {
  return (
    <Field name="grace" label="The present secret stays good for">
      <Select defaultValue="24">
        <option value="0">No time: it ends now</option>
        <option value="1">1 hour</option>
        <option value="24">1 day</option>
        <option value="168">7 days</option>
      </Select>
    </Field>
  );
}
