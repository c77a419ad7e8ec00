import type { EnsembleError } from '../errors/errors.ts';

/** Thrown by `tx.refuse(error, { keep: true })`: the transaction commits, then the caller gets the error. */
export class Refusal extends Error {
  readonly error: EnsembleError;

  constructor(error: EnsembleError) {
    super(error.message);
    this.name = 'Refusal';
    this.error = error;
  }
}
