/** The type of a problem that goes away when one signs in again. */
const signInAgain = 'urn:podium:sign-in-again';

/** Asks the person to prove who they are; whether they did. */
type Ask = () => Promise<boolean>;

let ask: Ask | undefined;

/** Says who asks for a proof; what is returned ends that. */
export function onProofWanted(handler: Ask): () => void {
  ask = handler;
  return () => {
    if (ask === handler) ask = undefined;
  };
}

/** Sends a call; when it needs a fresh sign-in, asks for one and sends it once more. */
export async function sendProven(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await globalThis.fetch(request);
  if (response.status !== 403 || ask === undefined || !(await wantsProof(response.clone()))) return response;
  return (await ask()) ? globalThis.fetch(again) : response;
}

async function wantsProof(response: Response): Promise<boolean> {
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === 'object' && body !== null && (body as { type?: unknown }).type === signInAgain;
}
