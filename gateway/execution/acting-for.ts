import { getOperationAST, valueFromASTUntyped, type DocumentNode } from 'graphql';
import { actingForField } from '../../platform/access/acting-for.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { rootFieldsOf } from './part.ts';

/** An operation as the executor receives it. The plan names its answers by the aliases of this document. */
export interface Asked {
  document?: DocumentNode;
  request: { operationName?: string | undefined; variables?: Record<string, unknown> | undefined };
}

/** The organization named in the input of each mutation, by response key. Computed once per operation. */
const named = new WeakMap<DocumentNode, WeakMap<Asked['request'], ReadonlyMap<string, string>>>();

/**
 * Returns the request info for fetches that complete the answer of a mutation from other OSes. They act for the organization that the
 * mutation's input names, as if the `acting-for` header named it. The mutation's own OS reads the input and refuses actors that are
 * not members. `path` is the place in the answer that the fetch fills.
 */
export function completingFor(info: RequestInfo, asked: Asked, path: readonly (string | number)[]): RequestInfo {
  const [root] = path;
  if (info.actingFor !== null || typeof root !== 'string' || !asked.document) return info;
  const actingFor = organizationsOf(asked.document, asked.request).get(root);
  const isMember = info.actor.memberships.some(({ organizationId }) => organizationId === actingFor);
  return actingFor !== undefined && isMember ? { ...info, actingFor } : info;
}

function organizationsOf(document: DocumentNode, request: Asked['request']): ReadonlyMap<string, string> {
  const ofDocument = named.get(document) ?? new WeakMap<Asked['request'], ReadonlyMap<string, string>>();
  named.set(document, ofDocument);
  const known = ofDocument.get(request) ?? readOrganizations(document, request);
  ofDocument.set(request, known);
  return known;
}

function readOrganizations(
  document: DocumentNode,
  { operationName, variables }: Asked['request'],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'mutation') return found;
  const given: Record<string, unknown> = { ...variables };
  for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
    if (given[variable.name.value] === undefined && defaultValue)
      given[variable.name.value] = valueFromASTUntyped(defaultValue);
  for (const field of rootFieldsOf(document, operation))
    for (const { value } of field.arguments ?? []) {
      const input: unknown = valueFromASTUntyped(value, given);
      const organizationId = (input as Record<string, unknown> | null | undefined)?.[actingForField];
      if (typeof organizationId === 'string') found.set(field.alias?.value ?? field.name.value, organizationId);
    }
  return found;
}
