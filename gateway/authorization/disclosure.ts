import type { DocumentNode, GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import { GatewayError } from '../errors.ts';
import { rootFieldsOf } from '../execution/part.ts';
import type { LimitRole } from '../limits/limits.ts';

/** The roles that may ask for the schema, and those whose errors suggest names. */
export interface Disclosed {
  readonly introspection: ReadonlySet<LimitRole>;
  readonly suggestions: ReadonlySet<LimitRole>;
}

/** The suggestions of graphql-js at the end of a sentence, such as ` Did you mean "a", "b", or "c"?`. */
const suggestion = / ?Did you mean (?:[a-z ]+)?"[^"]*"(?:(?:, or | or |, )"[^"]*")*\?/g;

/** What of the schema clients may find out besides the answers to their operations. */
export class Disclosure {
  readonly #disclosed: Disclosed;

  constructor(disclosed: Disclosed) {
    this.#disclosed = disclosed;
  }

  /** Throws FORBIDDEN if the role may not see the schema. */
  requireSchema(role: LimitRole): void {
    if (this.#disclosed.introspection.has(role)) return;
    throw new GatewayError(
      'FORBIDDEN',
      `The schema is not shown to ${role === 'anonymous' ? 'anonymous clients: sign in, or ' : 'you: '}ask its operators for it.`,
    );
  }

  /** Throws FORBIDDEN if an operation asks for the schema, and the role may not see it. `__typename` is no part of it. */
  check(document: DocumentNode, operation: OperationDefinitionNode, role: LimitRole): void {
    if (this.#disclosed.introspection.has(role)) return;
    const asks = rootFieldsOf(document, operation).some(
      ({ name }) => name.value === '__schema' || name.value === '__type',
    );
    if (asks) this.requireSchema(role);
  }

  /** A message as the role may read it. */
  messageFor(message: string, role: LimitRole): string {
    return this.#disclosed.suggestions.has(role) ? message : message.replace(suggestion, '');
  }

  /** Errors as the role may read them. */
  errorsFor<E extends GraphQLFormattedError>(errors: readonly E[], role: LimitRole): E[] {
    return errors.map((error) => ({ ...error, message: this.messageFor(error.message, role) }));
  }
}
