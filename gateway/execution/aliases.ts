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

/** Begins every alias that stands in for one of the client's. Longer than anything that a client would write. */
const prefix = 'ensembleAlias_';

/** A document whose aliases collide with nothing that the planner adds, and the way back to the client's own. */
export interface SafeDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly source: string;
  /** Gives data and error paths the names that the client asked for. */
  restore<T extends ExecutionResult>(result: T): T;
}

/**
 * `document` holds one operation. The query planner adds `__typename`, keys and `@requires` fields to selections, and reads them from the answers by their names.
 * An alias of the client with such a name takes their place: its value is then sent as a key, or is overwritten by one, without
 * an error. Such aliases travel under other names. `null` when a document has none, which is nearly always.
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

/** An executor that knows nothing of colliding aliases, made safe against them. */
export function aliasSafe(execute: GatewayExecutor, plannerFields: ReadonlySet<string>): GatewayExecutor {
  const known = new WeakMap<OperationDefinitionNode, SafeDocument | null>();
  return async (request): Promise<GatewayExecutionResult> => {
    const { operation } = request;
    let safe = known.get(operation);
    if (safe === undefined) {
      // What stands in the document besides was not measured: its fragments may spread one another without bound.
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

/** Below which response keys something is renamed. A scalar that is an object has no shape, so its own keys stay as they are. */
type Shape = ReadonlyMap<string, { readonly name: string; readonly below: Shape | null }>;

/** Fields of one response key share their answer, so their selections are read together. Fragments were validated: no circles. */
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

/** Every name in an error's path is a response key. */
function withOwnPath(error: GraphQLError): GraphQLError {
  const { path } = error;
  if (!path?.some((step) => typeof step === 'string' && step.startsWith(prefix))) return error;
  return new GraphQLError(error.message, {
    path: path.map((step) => (typeof step === 'string' ? ownName(step) : step)),
    extensions: error.extensions,
    originalError: error.originalError ?? null,
  });
}
