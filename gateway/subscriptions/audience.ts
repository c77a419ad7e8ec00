import {
  getNamedType,
  isAbstractType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { RequestInfo } from '../../platform/context/request.ts';
import { forwardedKey } from '../headers/forwarding.ts';
import { strictest, type Audience, type SupergraphNotes } from '../supergraph/notes.ts';

/**
 * What the answer to an operation depends on: the strictest audience among all selected fields, including nested ones. A field on an
 * interface has the strictest audience of all implementations. Selecting an entity counts as selecting its id: even its existence is
 * only for those who may see it. The operation may be one of a subgraph, with `_entities` and fields hidden from clients: below what the
 * schema does not know, nothing is shared.
 */
export function audienceOf(schema: GraphQLSchema, notes: SupergraphNotes, document: DocumentNode): Audience {
  let audience: Audience = 'public';
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      InlineFragment({ typeCondition }) {
        // The type of an entity that is asked for by its key.
        if (typeCondition) audience = strictest(audience, notes.audience(typeCondition.name.value, 'id'));
      },
      Field(field) {
        const parent = types.getParentType();
        if (!parent) {
          audience = 'self';
          return;
        }
        audience = strictest(audience, notes.audience(parent.name, field.name.value));
        const answered = getNamedType(types.getType());
        const entities = answered && isAbstractType(answered) ? schema.getPossibleTypes(answered) : [answered];
        for (const entity of entities) if (entity) audience = strictest(audience, notes.audience(entity.name, 'id'));
        if (!isAbstractType(parent)) return;
        for (const possible of schema.getPossibleTypes(parent)) {
          audience = strictest(audience, notes.audience(possible.name, field.name.value));
        }
      },
    }),
  );
  return audience;
}

/** What a plan's answers depend on. */
export interface Dependence {
  readonly audience: Audience;
  /** The foreign subgraphs that are asked: their answers depend on the headers that they get. */
  readonly foreign: ReadonlySet<string>;
}

/**
 * What answers of this audience depend on besides the operation: requests with the same fingerprint get the same answers and may
 * share a stream. `null` when sharing is not allowed.
 */
export function fingerprintOf({ audience, foreign }: Dependence, info: RequestInfo): string | null {
  if (audience === 'self') return null;
  const { actor } = info;
  const signedIn = actor.id !== null;
  const headers = forwardedKey(info, foreign);
  if (audience === 'public') return JSON.stringify([info.universe, signedIn, headers]);
  return JSON.stringify([
    info.universe,
    signedIn,
    headers,
    actor.kind,
    info.actingFor,
    [...actor.platformRoles].sort(),
    actor.memberships.map((membership) => `${membership.organizationId} ${membership.role}`).sort(),
    actor.scopes === null ? null : [...actor.scopes].sort(),
  ]);
}
