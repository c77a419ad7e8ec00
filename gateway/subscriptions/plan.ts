import type { GraphQLDataSource } from '@apollo/gateway';
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import {
  getNamedType,
  isObjectType,
  Kind,
  parse,
  parseType,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { OperationContext } from '../execution/context.ts';
import { withNullErrors } from '../execution/null-errors.ts';
import { answerOf } from '../execution/execute.ts';
import { usedVariables } from '../execution/part.ts';
import { apolloLogger } from '../http/apollo-log.ts';
import { newRecord } from '../http/record.ts';
import type { Planned, RequiredPath } from '../planning/messages.ts';
import type { SupergraphValue } from '../supergraph/value.ts';
import { audienceOf, mayDependOnViewer } from './audience.ts';
import type { NormalSubscription } from './root.ts';
import type { SubscriptionPlan, Variables } from './subscription-plan.ts';

/** The service name of an arrived event in the plan that completes it. */
const eventService = '__event__';
/** Alias of the event's cursor, which is selected besides the client's fields. Field names with `__` are reserved by GraphQL. */
const cursorAlias = 'ensembleCursor';
const afterVariable = 'ensembleAfter';

/** Plans a subscription whose aliases collide with nothing. Rejects with a GraphQL error when it cannot be planned. */
export async function planSubscription(
  value: SupergraphValue,
  normal: NormalSubscription,
  log: Logger,
): Promise<SubscriptionPlan> {
  const { node, required = [] }: Planned = await value.plans.make(`subscription\n${normal.text}`, {
    source: normal.text,
    operationName: null,
    signal: null,
  });
  if (node?.kind !== 'Subscription') throw new Error(`A subscription was planned as ${node?.kind ?? 'nothing'}.`);
  const primary = node.primary;
  const field = value.apiSchema.getSubscriptionType()?.getFields()[normal.root.name.value];
  const eventType = field ? getNamedType(field.type) : undefined;
  const afterType = field?.args.find((argument) => argument.name === 'after')?.type;
  const hasCursor =
    // Cursors and `after` are this house's convention; foreign fields of these names may mean anything.
    !value.foreign.has(primary.serviceName) &&
    isObjectType(eventType) &&
    'cursor' in eventType.getFields() &&
    value.notes.has(primary.serviceName, eventType.name, 'cursor');
  const rootKey = normal.root.alias?.value ?? normal.root.name.value;
  const document = parse(primary.operation, { noLocation: true });
  const plain = print(hasCursor ? withRoot(document, selectingCursor) : document);
  const resuming = hasCursor && afterType ? print(startingAfter(document, String(afterType))) : null;
  const complete = completion(value, normal, primary, node.rest, required, log);
  const bare = withoutUnused(withRoot(normal.document, withoutAfter));
  const bareText = print(bare.document);

  return {
    service: primary.serviceName,
    audience: audienceOf(value.apiSchema, value.notes, normal.document),
    foreign: new Set(servicesOf(node).filter((name) => value.foreign.has(name))),
    resumable: resuming !== null,
    after: (variables) => {
      const given = normal.root.arguments?.find((argument) => argument.name.value === 'after')?.value;
      if (given?.kind === Kind.STRING) return given.value;
      const named = given?.kind === Kind.VARIABLE ? variables[given.name.value] : null;
      return typeof named === 'string' ? named : null;
    },
    request(variables, after) {
      const sent: Variables = {};
      for (const name of primary.variableUsages ?? []) if (Object.hasOwn(variables, name)) sent[name] = variables[name];
      if (after === null || resuming === null)
        return { query: plain, variables: sent, operationName: primary.operationName };
      return { query: resuming, variables: { ...sent, [afterVariable]: after }, operationName: primary.operationName };
    },
    takeCursor(event) {
      const root = (event.data as Record<string, unknown> | null | undefined)?.[rootKey];
      if (typeof root !== 'object' || root === null || !(cursorAlias in root)) return null;
      const cursor = (root as Record<string, unknown>)[cursorAlias];
      delete (root as Record<string, unknown>)[cursorAlias];
      return typeof cursor === 'string' ? cursor : null;
    },
    complete,
    identity: (variables) => [
      bareText,
      Object.fromEntries(Object.entries(variables).filter(([name]) => bare.used.has(name))),
    ],
  };
}

/** The subgraphs that a plan asks. */
function servicesOf(node: QueryPlan['node']): string[] {
  if (!node) return [];
  switch (node.kind) {
    case 'Subscription':
      return [node.primary.serviceName, ...servicesOf(node.rest)];
    case 'Fetch':
      return [node.serviceName];
    case 'Flatten':
      return servicesOf(node.node);
    case 'Condition':
      return [...servicesOf(node.ifClause), ...servicesOf(node.elseClause)];
    case 'Defer':
      throw new Error('The planner is not configured for @defer.');
    default:
      return node.nodes.flatMap(servicesOf);
  }
}

function completion(
  value: SupergraphValue,
  normal: NormalSubscription,
  primary: FetchNode,
  rest: PlanNode | undefined,
  required: readonly RequiredPath[],
  log: Logger,
): SubscriptionPlan['complete'] {
  const arrived: FetchNode = { ...primary, serviceName: eventService };
  const eventPlan: Planned = {
    kind: 'QueryPlan',
    required,
    node: { kind: 'Sequence', nodes: rest ? [arrived, rest] : [arrived] },
  };
  const logger = apolloLogger(log);
  const isSeenBySome = (type: string): boolean => value.notes.audience(type, 'id') === 'visible';
  return async (event, variables, info, call) => {
    const source: GraphQLDataSource = {
      process: () => Promise.resolve(event as Awaited<ReturnType<GraphQLDataSource['process']>>),
    };
    const absent = new Set<string>();
    const context: OperationContext = {
      info,
      signal: call.signal,
      record: newRecord(),
      cost: null,
      explain: false,
      absent,
    };
    const request = {
      request: { query: normal.text, variables },
      context,
      metrics: {},
      logger,
      schema: value.apiSchema,
      document: normal.document,
      source: normal.text,
      operation: normal.operation,
      operationName: null,
    } as unknown as GatewayGraphQLRequestContext;
    try {
      const subgraphs = call.batches?.around(value.services) ?? value.services;
      const services = { ...subgraphs, [eventService]: source };
      const result = await answerOf({ ...value, services }, eventPlan, request);
      for (const error of result.errors ?? []) {
        if (error.extensions?.['serviceName'] === eventService) error.extensions['serviceName'] = primary.serviceName;
      }
      call.isIncomplete =
        context.isIncomplete === true || mayDependOnViewer(result.errors) || [...absent].some(isSeenBySome);
      return withNullErrors(result, { absent }, value.apiSchema, log);
    } catch (error) {
      // The stream continues: a failed completion is an error of that event only.
      return { data: null, errors: [error as never] };
    }
  };
}

function withRoot(document: DocumentNode, change: (root: FieldNode) => FieldNode): DocumentNode {
  let depth = 0;
  return visit(document, {
    OperationDefinition: {
      enter: () => {
        depth = 0;
      },
    },
    FragmentDefinition: { enter: () => false },
    Field: {
      enter: () => {
        depth += 1;
      },
      leave: (field) => {
        depth -= 1;
        return depth === 0 ? change(field) : undefined;
      },
    },
  }) as DocumentNode;
}

function selectingCursor(root: FieldNode): FieldNode {
  const cursor: FieldNode = {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: cursorAlias },
    name: { kind: Kind.NAME, value: 'cursor' },
  };
  return {
    ...root,
    selectionSet: { kind: Kind.SELECTION_SET, selections: [...(root.selectionSet?.selections ?? []), cursor] },
  };
}

/** The same stream started after a cursor in our own variable. */
function startingAfter(document: DocumentNode, type: string): DocumentNode {
  const started = withRoot(document, (root) => {
    const withCursor = selectingCursor(withoutAfter(root));
    return {
      ...withCursor,
      arguments: [
        ...(withCursor.arguments ?? []),
        {
          kind: Kind.ARGUMENT,
          name: { kind: Kind.NAME, value: 'after' },
          value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: afterVariable } },
        },
      ],
    };
  });
  const { document: alone } = withoutUnused(started);
  return {
    ...alone,
    definitions: alone.definitions.map((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? declaring(definition, type) : definition,
    ),
  };
}

function withoutAfter(root: FieldNode): FieldNode {
  return { ...root, arguments: (root.arguments ?? []).filter((argument) => argument.name.value !== 'after') };
}

/** The document without unused variables: one that only the client's `after` used must not stay declared. */
function withoutUnused(document: DocumentNode): { document: DocumentNode; used: ReadonlySet<string> } {
  const used = usedVariables([document]);
  const without = visit(document, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null),
  });
  return { document: without, used };
}

function declaring(operation: OperationDefinitionNode, type: string): OperationDefinitionNode {
  return {
    ...operation,
    variableDefinitions: [
      ...(operation.variableDefinitions ?? []),
      {
        kind: Kind.VARIABLE_DEFINITION,
        variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: afterVariable } },
        type: parseType(type),
      },
    ],
  };
}
