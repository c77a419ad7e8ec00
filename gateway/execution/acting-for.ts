import { getOperationAST, valueFromASTUntyped, type DocumentNode } from 'graphql';
import { actingForField } from '../../platform/access/acting-for.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import { rootFieldsOf } from './part.ts';

/** An operation as the executor got it: its aliases are those by which the plan names the answers. */
export interface Asked {
  document?: DocumentNode;
  request: { operationName?: string | undefined; variables?: Record<string, unknown> | undefined };
}

/** By response key the organization that the input of each mutation names; made once for an operation. */
const named = new WeakMap<DocumentNode, WeakMap<Asked['request'], ReadonlyMap<string, string>>>();

/**
 * For whom an OS is asked that completes the answer of a mutation of another OS: for the organization that the input of that mutation
 * names, as if the header named it. The OS of the mutation itself reads the input, and has refused it by then where the actor is no
 * member. `path` is where in the answer what is asked for belongs.
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
