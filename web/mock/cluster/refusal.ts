/** Refused with a status and a message, as the data plane would. */
export class Refusal extends Error {
  readonly status: number;
  readonly violations: readonly { path: string; message: string }[];

  constructor(
    status: number,
    message: string,
    violations: readonly { path: string; message: string }[] = [],
  ) {
    super(message);
    this.status = status;
    this.violations = violations;
  }
}
