import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Field, Select } from '../../ui/field';
import type { CloudAccount } from '../api/client';
import { cloudAccountsQuery } from '../api/queries';
import { paths } from '../paths';
import { may } from '../rights';
import { useOrganization } from '../session';

interface Props {
  value: string | undefined;
  onChange: (account: CloudAccount | undefined) => void;
}

/** Asks in whose AWS account a cluster runs. */
export function ClusterAccount({ value, onChange }: Props) {
  const organization = useOrganization();
  const known = may(organization, 'cloudaccount.read');
  const accounts = useQuery({ ...cloudAccountsQuery(organization.name), enabled: known });
  if (!known) return null;
  const list = accounts.data ?? [];
  return (
    <Field
      name="account"
      label="Whose AWS account"
      error={accounts.error?.message}
      hint={
        <>
          In your account you keep the data and pay Amazon.{' '}
          <Link to={paths.cloudAccounts(organization.name)}>Cloud accounts</Link>
        </>
      }
    >
      <Select
        value={value ?? ''}
        onChange={(event) => onChange(list.find(({ id }) => id === event.target.value))}
      >
        <option value="">Ours</option>
        {list.map(({ id, name, number, region, state }) => (
          <option key={id} value={id} disabled={state !== 'ACTIVE'}>
            {`Yours: ${name} (${number}, ${region})${state === 'ACTIVE' ? '' : ', not active yet'}`}
          </option>
        ))}
      </Select>
    </Field>
  );
}
