import { FormRefused } from '../../ui/form';
import type { components } from './schema';

export type Problem = components['schemas']['Problem'];

/** A call that was refused or did not get through. The message is fit to be shown. */
export class ApiError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(messageOf(status, problem));
    this.status = status;
    this.problem = problem;
  }
}

function messageOf(status: number, problem: Problem | undefined): string {
  if (status === 0) return 'The control plane does not answer. Check that it runs and try again.';
  if (problem === undefined) return `The control plane answered ${status}. Try again in a moment.`;
  return problem.detail ?? problem.title;
}

/** Reads the body of a refusal; anything else than problem+json, such as a proxy's page, has none. */
export function toProblem(body: unknown): Problem | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { title, status } = body as Partial<Problem>;
  return typeof title === 'string' && typeof status === 'number' ? (body as Problem) : undefined;
}

/** Runs a form's call and turns a refusal into errors at its fields. */
export async function forForm<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const fields = Object.fromEntries(
      (error.problem?.errors ?? []).map(({ field, message }) => [field, message]),
    );
    throw new FormRefused({ fields, form: Object.keys(fields).length > 0 ? undefined : error.message });
  }
}
