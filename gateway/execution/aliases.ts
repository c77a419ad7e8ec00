import type { GatewayExecutionResult, GatewayExecutor } from '@apollo/server-gateway-interface';
import {
  GraphQLError,
  Kind,
  print,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf, reachableFragments } from './part.ts';

/** Prefix of the aliases that replace colliding client aliases. Longer than any alias a client would plausibly write. */
const prefix = 'ensembleAlias_';

/** A document whose aliases collide with nothing the planner adds, and the way back to the client's aliases. */
export interface SafeDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly source: string;
  /** Restores the client's aliases in data and error paths. */
  restore<T extends ExecutionResult>(result: T): T;
}

/**
 * Renames aliases that collide with the planner's fields. `document` holds one operation. The query planner adds `__typename`, keys
 * and `@requires` fields to selections, and reads them from the answers by name. A client alias with such a name would be sent as a
 * key, or be overwritten by one, without an error. Returns `null` when there is nothing to rename, which is nearly always.
 */
export function withSafeAliases(document: DocumentNode, plannerFields: ReadonlySet<string>): SafeDocument | null {
  let found = false;
  const safe = visit(document, {
    Field(field) {
      if (!field.alias) return undefined;
      const { value } = field.alias;
      if (value === field.name.value || !(plannerFields.has(value) || value.startsWith(prefix))) return undefined;
      found = true;
      return { ...field, alias: { ...field.alias, value: prefix + value } };
    },
  });
  if (!found) return null;
  const operation = safe.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('A document without an operation has nothing to answer.');
  const shape = shapeOf([operation.selectionSet], fragmentsOf(safe));
  return {
    document: safe,
    operation,
    source: print(safe),
    restore: (result) => ({
      ...result,
      ...(result.data === undefined ? {} : { data: restored(result.data, shape) }),
      ...(result.errors ? { errors: result.errors.map(withOwnPath) } : {}),
    }),
  };
}

/** Protects an executor that does not handle colliding aliases. */
export function aliasSafe(execute: GatewayExecutor, plannerFields: ReadonlySet<string>): GatewayExecutor {
  const known = new WeakMap<OperationDefinitionNode, SafeDocument | null>();
  return async (request): Promise<GatewayExecutionResult> => {
    const { operation } = request;
    let safe = known.get(operation);
    if (safe === undefined) {
      // Only this operation was measured: other fragments in the document may spread one another without bound.
      const fragments = reachableFragments(operation.selectionSet, fragmentsOf(request.document));
      const alone = { ...request.document, definitions: [operation, ...fragments] };
      known.set(operation, (safe = withSafeAliases(alone, plannerFields)));
    }
    if (safe === null) return execute(request);
    const { document, operation: renamed, source } = safe;
    const answer = await execute({ ...request, document, operation: renamed, source });
    return safe.restore(answer as ExecutionResult) as GatewayExecutionResult;
  };
}

/** Response keys that are renamed or have such keys below them. A scalar with an object value has no shape: its keys stay. */
type Shape = ReadonlyMap<string, { readonly name: string; readonly below: Shape | null }>;

/** Fields with the same response key share one answer, so their selections are merged. The fragments are valid, so they have no cycles. */
function shapeOf(
  selectionSets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Shape | null {
  const fields = new Map<string, FieldNode[]>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      } else {
        const key = selection.alias?.value ?? selection.name.value;
        fields.set(key, [...(fields.get(key) ?? []), selection]);
      }
    }
  };
  for (const selectionSet of selectionSets) collect(selectionSet);
  const shape = new Map<string, { name: string; below: Shape | null }>();
  for (const [key, nodes] of fields) {
    const below = shapeOf(
      nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
      fragments,
    );
    const name = ownName(key);
    if (name !== key || below) shape.set(key, { name, below });
  }
  return shape.size > 0 ? shape : null;
}

function restored<T>(value: T, shape: Shape | null): T {
  if (shape === null || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => restored(each, shape)) as T;
  const entries = Object.entries(value).map(([key, below]: [string, unknown]) => {
    const known = shape.get(key);
    return [known?.name ?? key, restored(below, known?.below ?? null)];
  });
  return Object.fromEntries(entries) as T;
}

function ownName(key: string): string {
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

function withOwnPath(error: GraphQLError): GraphQLError {
  const { path } = error;
  if (!path?.some((step) => typeof step === 'string' && step.startsWith(prefix))) return error;
  return new GraphQLError(error.message, {
    path: path.map((step) => (typeof step === 'string' ? ownName(step) : step)),
    extensions: error.extensions,
    originalError: error.originalError ?? null,
  });
}
