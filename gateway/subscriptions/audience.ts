import {
  getNamedType,
  isAbstractType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { joined, type Audience } from '../../platform/access/audience.ts';
import { anonymous } from '../../platform/context/actor.ts';
import { newRequestInfo, type RequestInfo } from '../../platform/context/request.ts';
import { codeOf, type AnyErrorCode } from '../errors.ts';
import { forwardedKey } from '../headers/forwarding.ts';
import type { SupergraphNotes } from '../supergraph/notes.ts';

/**
 * What the answer to an operation depends on: the audiences of all selected fields together, including nested ones. A field on an
 * interface has the audiences of all implementations. Selecting an entity counts as selecting its id: even its existence is
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
        if (typeCondition) audience = joined(audience, notes.audience(typeCondition.name.value, 'id'));
      },
      Field(field) {
        const parent = types.getParentType();
        if (!parent) {
          audience = 'self';
          return;
        }
        audience = joined(audience, notes.audience(parent.name, field.name.value));
        const answered = getNamedType(types.getType());
        const entities = answered && isAbstractType(answered) ? schema.getPossibleTypes(answered) : [answered];
        for (const entity of entities) if (entity) audience = joined(audience, notes.audience(entity.name, 'id'));
        if (!isAbstractType(parent)) return;
        for (const possible of schema.getPossibleTypes(parent)) {
          audience = joined(audience, notes.audience(possible.name, field.name.value));
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
  const { actor } = info;
  // Those who have not signed in all see the same rows.
  if (audience === 'self' || (audience === 'visible' && actor.id !== null)) return null;
  const signedIn = actor.id !== null;
  const headers = forwardedKey(info, foreign);
  if (audience === 'public' || audience === 'visible') return JSON.stringify([info.universe, signedIn, headers]);
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

/**
 * The fingerprint of viewers who may share a stream, or null. Events with rows that only some see are completed for everybody, and
 * then for single viewers.
 */
export function streamFingerprintOf({ audience, foreign }: Dependence, info: RequestInfo): string | null {
  return fingerprintOf({ audience: audience === 'visible' ? 'public' : audience, foreign }, info);
}

/** The errors that every viewer would get; others may come from the rights or the limits of one. */
const sameForAll: ReadonlySet<AnyErrorCode> = new Set(['UNAVAILABLE', 'INTERNAL']);

/** Whether another viewer might not have got these errors. */
export function mayDependOnViewer(errors: readonly unknown[] | undefined): boolean {
  return errors?.some((error) => !sameForAll.has(codeOf(error))) ?? false;
}

/** The request on whose behalf an event is completed for everybody: what is visible without signing in. */
export function asAnybody({ universe, forwarded, requestId, traceparent }: RequestInfo): RequestInfo {
  return newRequestInfo(anonymous(universe), { requestId, traceparent, ...(forwarded ? { forwarded } : {}) });
}
