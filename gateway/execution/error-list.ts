import type { GraphQLError } from 'graphql';
import { moreErrors, mostErrors, toGraphQLError } from '../errors.ts';

/** The errors of one answer, up to a number. */
export class ErrorList {
  readonly all: GraphQLError[] = [];
  isFull = false;

  /** Adds errors as long as there is room; the last place says that there are more. */
  add(...errors: readonly GraphQLError[]): void {
    for (const error of errors) {
      if (this.isFull) return;
      this.isFull = this.all.length === mostErrors;
      this.all.push(this.isFull ? toGraphQLError(moreErrors()) : error);
    }
  }
}
