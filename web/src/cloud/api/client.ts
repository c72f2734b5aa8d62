import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError, toProblem } from './problem';
import { sendProven } from './proof';
import type { components, paths } from './schema';

type Schemas = components['schemas'];

export type AccessKey = Schemas['AccessKey'];
export type AccessKeyWithSecret = Schemas['AccessKeyWithSecret'];
export type ApiKey = Schemas['ApiKey'];
export type ApiKeyWithSecret = Schemas['ApiKeyWithSecret'];
export type AuditEntry = Schemas['AuditEntry'];
export type Domain = Schemas['Domain'];
export type IdentityProvider = Schemas['IdentityProvider'];
export type IdentityProviderInput = Schemas['IdentityProviderInput'];
export type SecondFactor = Schemas['SecondFactor'];
export type SecondFactorSecret = Schemas['SecondFactorSecret'];
export type ServiceAccount = Schemas['ServiceAccount'];
export type Session = Schemas['Session'];
export type SignInProvider = Schemas['SignInProvider'];
export type Backup = Schemas['Backup'];
export type ChangeRequest = Schemas['ChangeRequest'];
export type CloudAccount = Schemas['CloudAccount'];
export type Cluster = Schemas['Cluster'];
export type ClusterNode = Schemas['Node'];
export type ClusterEvent = Schemas['ClusterEvent'];
export type Cloud = Schemas['Cloud'];
export type Command = Schemas['Command'];
export type CommandKind = Schemas['CommandKind'];
export type CreateClusterRequest = Schemas['CreateClusterRequest'];
export type Grant = Schemas['Grant'];
export type Group = Schemas['Group'];
export type Invitation = Schemas['Invitation'];
export type Me = Schemas['Me'];
export type Member = Schemas['Member'];
export type Operation = Schemas['Operation'];
export type Metric = Schemas['Metric'];
export type Organization = Schemas['Organization'];
export type Permission = Schemas['Permission'];
export type PlanUse = Schemas['PlanUse'];
export type Preview = Schemas['Preview'];
export type PreviewRequest = Schemas['PreviewRequest'];
export type Project = Schemas['Project'];
export type Quota = Schemas['Quota'];
export type RoleDefinition = Schemas['RoleDefinition'];
export type SetQuotasRequest = Schemas['SetQuotasRequest'];
export type JoinToken = Schemas['JoinToken'];
export type Finding = Schemas['Finding'];
export type Network = Schemas['Network'];
export type Peering = Schemas['Peering'];
export type PeeringRequest = Schemas['PeeringRequest'];
export type Step = Schemas['Step'];
export type Usage = Schemas['Usage'];
export type UsageDay = Schemas['UsageDay'];

/** Root of the control plane's API. */
export const apiRoot = '/api/v1';

// The control plane takes changes with a JSON type only, with or without a body: no foreign form can send that.
const jsonType: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('Content-Type', 'application/json');
    return request;
  },
};

/** The typed calls; pass their promises to `answer`. */
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin + apiRoot,
  fetch: sendProven,
});
api.use(jsonType);

/** The data of a call, or an ApiError. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call.catch(() => {
    throw new ApiError(0, undefined);
  });
  if (!response.ok) throw new ApiError(response.status, toProblem(error));
  return data as T;
}
