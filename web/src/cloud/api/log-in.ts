import { answer, api, type Me } from './client';
import { ApiError, forForm } from './problem';

/** The type of a problem that goes away with a code of the second factor. */
const codeWanted = 'urn:podium:code-wanted';

/** What somebody proves who they are with. */
export interface Proof {
  email: string;
  password: string;
  /** Of the second factor; left out until it is asked for. */
  code?: string;
}

/** Starts a session, for a form; undefined: the password is right, and a code is needed too. */
export async function logIn(proof: Proof): Promise<Me | undefined> {
  try {
    return await forForm(answer(api.POST('/login', { body: proof })).catch(tellCodeWanted));
  } catch (error) {
    if (error instanceof CodeWanted) return undefined;
    throw error;
  }
}

class CodeWanted extends Error {}

function tellCodeWanted(error: unknown): never {
  throw error instanceof ApiError && error.problem?.type === codeWanted ? new CodeWanted() : error;
}
