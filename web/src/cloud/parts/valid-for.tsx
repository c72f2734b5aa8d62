import { inDays } from '../../console/days';
import { Field, Select } from '../../ui/field';
import { useMe } from '../session';

const lives = [7, 30, 90, 180, 365];

/** How long a key is good, of an organization that may set a maximum. */
export function ValidFor({ org }: { org: string }) {
  const own = useMe().organizations.find(({ name }) => name === org)?.maxKeyDays;
  const most = own ?? 365;
  const choices = [...lives.filter((days) => days < most), most];
  return (
    <Field
      name="expiresInDays"
      label="Valid for"
      hint={own === undefined ? undefined : `${org} lets keys be good for ${inDays(own)} at most.`}
    >
      <Select key={most} defaultValue={Math.min(90, most)}>
        {choices.map((days) => (
          <option key={days} value={days}>
            {inDays(days)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
