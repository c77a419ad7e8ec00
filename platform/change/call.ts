import type { RootDeclaration } from '../access/declare.ts';
import type { Context } from '../context/context.ts';
import type { Run } from './run.ts';

/** One call of a mutation, with the work that it returned. */
export interface Call<R> {
  context: Context;
  declaration: RootDeclaration;
  run: Run<R>;
}

export type Outcome<R> =
  | { kind: 'done'; result: R }
  | { kind: 'refused'; error: Error }
  | { kind: 'again'; resultId: string };

/** One call of a group failed in a way that aborts the transaction for the others. */
export class Spoiled extends Error {
  readonly index: number;
  readonly reason: unknown;

  constructor(index: number, reason: unknown) {
    super('a call of the group failed');
    this.index = index;
    this.reason = reason;
  }
}
