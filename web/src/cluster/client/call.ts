import type { Json } from '../../conductor/types';
import { accessToken, noteRefusal, refuseAccess } from '../access';
import { base } from '../base';

/** A call that was refused or did not get through. The message is fit to be shown. */
export class ApiError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** What is wrong with which field of what was sent; the message tells it too. */
  readonly violations: readonly Violation[];

  constructor(status: number, message: string, violations: readonly Violation[] = []) {
    super(message);
    this.status = status;
    this.violations = violations;
  }
}

/** One wrong field by its path, such as `tasks[2].name`. */
export interface Violation {
  path: string;
  message: string;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

/** The JSON answer of a call to the data plane, or its text if it is none; undefined for an empty one. Throws ApiError. */
export async function call<T>(path: string, { method = 'GET', query, body, signal }: Call = {}): Promise<T> {
  const token = accessToken();
  const headers: Record<string, string> = {
    Accept: 'application/json',
    ...(token !== undefined && { 'X-Authorization': token }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const response = await fetch(base + path + queryString(query), {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
    signal,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(
      0,
      'The cluster does not answer. Check that it runs and that this machine reaches it.',
    );
  });
  const answer = await response.text();
  if (response.status === 401 && path !== tokenPath) refuseAccess(token);
  if (response.status === 403) noteRefusal();
  if (!response.ok) throw refusal(response.status, answer);
  return read(answer) as T;
}

/** Where an access key is exchanged for a token. */
export const tokenPath = '/api/token';

function queryString(query: Call['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) params.set(name, String(value));
  }
  return params.size === 0 ? '' : `?${params}`;
}

/** Ids are answered as bare text, everything else as JSON. */
function read(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface Refusal {
  message?: string;
  validationErrors?: { path?: string; message?: string }[];
}

function refusal(status: number, text: string): ApiError {
  const body = read(text) as Refusal | string | Json | undefined;
  if (typeof body !== 'object' || body === null)
    return new ApiError(status, `The cluster answered ${status}. Try again in a moment.`);
  const { message, validationErrors = [] } = body as Refusal;
  const violations = validationErrors.map(({ path = '', message: detail = '' }) => ({
    path,
    message: detail,
  }));
  const details = violations.map(({ path, message: detail }) => [path, detail].filter(Boolean).join(': '));
  return new ApiError(
    status,
    [message ?? `The cluster answered ${status}.`, ...details].join(' '),
    violations,
  );
}
