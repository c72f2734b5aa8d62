import { Field, Input, PasswordInput } from '../../ui/field';
import type { FormValues } from '../../ui/form';
import type { IdentityProvider, IdentityProviderInput } from '../api/client';

/** The fields that say where a provider is and who we are there. */
export function ConnectionFields({ provider }: { provider?: IdentityProvider }) {
  return (
    <>
      <Field name="name" label="Name" hint="Stands on the button that people sign in with.">
        <Input defaultValue={provider?.name} maxLength={60} placeholder="Example Login" autoComplete="off" />
      </Field>
      <Field
        name="issuer"
        label="Issuer"
        hint="The provider’s address, sometimes called authority or domain; the part before /.well-known/openid-configuration."
      >
        <Input
          type="url"
          defaultValue={provider?.issuer}
          placeholder="https://login.example.com"
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      <Field name="clientId" label="Client id" hint="Your provider shows it once the application is made.">
        <Input defaultValue={provider?.clientId} autoComplete="off" spellCheck={false} />
      </Field>
      <Field
        name="clientSecret"
        label="Client secret"
        optional={provider?.hasSecret === true}
        hint={
          provider?.hasSecret === true
            ? 'Kept encrypted and not shown. Leave it empty to keep it.'
            : 'Kept encrypted and never shown again.'
        }
      >
        <PasswordInput autoComplete="new-password" spellCheck={false} />
      </Field>
    </>
  );
}

/** What the connection's fields say. */
export function connectionOf(values: FormValues) {
  const { name = '', issuer = '', clientId = '', clientSecret = '' } = values;
  return {
    name: name.trim(),
    issuer: issuer.trim(),
    clientId: clientId.trim(),
    ...(clientSecret !== '' && { clientSecret: clientSecret.trim() }),
  } satisfies Pick<IdentityProviderInput, 'name' | 'issuer' | 'clientId' | 'clientSecret'>;
}

/** What is missing among them. */
export function checkConnection(values: FormValues): Record<string, string> {
  const { name, issuer, clientId } = connectionOf(values);
  return {
    ...(name === '' && { name: 'Enter a name that your people know.' }),
    ...(issuer === '' && { issuer: 'Enter the provider’s address.' }),
    ...(clientId === '' && { clientId: 'Enter the client id.' }),
  };
}
