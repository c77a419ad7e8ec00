import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { Rights } from '../supergraph/guards.ts';
import type { SupergraphNotes } from '../supergraph/notes.ts';
import { GuardedOperation } from './filter.ts';
import { rightsOf } from './rights.ts';

/** Who may see what of one supergraph, by its `@authenticated`, `@requiresScopes` and `@policy`. */
export class Guards {
  readonly #schema: { apiSchema: GraphQLSchema; notes: SupergraphNotes };
  readonly #policiesClaim: string;
  readonly #known = new WeakMap<OperationDefinitionNode, GuardedOperation>();

  constructor(schema: { apiSchema: GraphQLSchema; notes: SupergraphNotes }, policiesClaim: string) {
    this.#schema = schema;
    this.#policiesClaim = policiesClaim;
  }

  /** The guards that a valid operation meets; null if it meets none. */
  of(document: DocumentNode, operation: OperationDefinitionNode): GuardedOperation | null {
    if (!this.#schema.notes.hasGuards) return null;
    let guarded = this.#known.get(operation);
    if (!guarded) this.#known.set(operation, (guarded = new GuardedOperation(this.#schema, document, operation)));
    return guarded.isGuarded ? guarded : null;
  }

  rightsOf(actor: ActorSnapshot): Rights {
    return rightsOf(actor, this.#policiesClaim);
  }
}
