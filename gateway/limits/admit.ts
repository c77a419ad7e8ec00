import { getOperationAST, GraphQLError, parse, visit, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { Invalid } from '../../platform/errors/errors.ts';
import { checkNesting } from '../../platform/scalars/nesting.ts';
import { badQuery, GatewayError } from '../errors.ts';
import type { KnownDocument, SupergraphValue } from '../supergraph/value.ts';
import type { LimitRole, Limits, LimitTable } from './limits.ts';
import { advice, pathIn, type Cost } from './cost.ts';
import { knownCostOf, measured } from './measured.ts';

export interface Admitted {
  known: KnownDocument;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  cost: Cost;
}

export interface Asked {
  query: string;
  operationName?: string | undefined;
  variables?: Record<string, unknown> | undefined;
}

/** Whether the `extensions` of a request ask for cost and timings: `{ "explain": true }`, over HTTP and WebSocket alike. */
export function asksToExplain(extensions: unknown): boolean {
  return (
    typeof extensions === 'object' && extensions !== null && 'explain' in extensions && extensions.explain === true
  );
}

/** Parses a document and finds its operation. Throws a GraphQL syntax error, BAD_QUERY, or LIMIT_EXCEEDED with advice. */
export function findOperation(
  value: SupergraphValue,
  asked: Asked,
  role: LimitRole,
  table: LimitTable,
): { known: KnownDocument; operation: OperationDefinitionNode; tokens: number } {
  const known = parsed(value, asked.query, role, table);
  const { document } = known;
  const tokens = tokensOf(document);
  if (tokens > table[role].tokens) throw exceeded('tokens', tokens, null, role, table);
  const operation = getOperationAST(document, asked.operationName);
  if (!operation) {
    throw badQuery(
      asked.operationName
        ? `There is no operation named "${asked.operationName}".`
        : 'Name the operation to run with operationName: the document holds several, or none.',
    );
  }
  if (!value.apiSchema.getRootType(operation.operation))
    throw badQuery(`The schema has no root for a ${operation.operation}.`);
  return { known, operation, tokens };
}

/**
 * Parses an operation and checks it against the limits of a role, before anything more expensive: what passes here bounds validation
 * and planning. Throws a GraphQL syntax error, BAD_QUERY, or LIMIT_EXCEEDED with advice.
 */
export function admit(value: SupergraphValue, asked: Asked, role: LimitRole, table: LimitTable): Admitted {
  const limits = table[role];
  const { known, operation, tokens } = findOperation(value, asked, role, table);
  const { document } = known;
  checkNesting(value.apiSchema, operation, asked.variables ?? {});
  const measures = shielded(() => measured(value, document, operation, asked.variables ?? {}));
  if (measures.depth.found > limits.depth)
    throw exceeded('depth', measures.depth.found, measures.depth.path, role, table);
  if (measures.rootFields > limits.rootFields) throw exceeded('rootFields', measures.rootFields, null, role, table);
  if (measures.aliases > limits.aliases) throw exceeded('aliases', measures.aliases, null, role, table);
  if (measures.fields > limits.fields) throw exceeded('fields', measures.fields, null, role, table);
  if (measures.pageSize && measures.pageSize.found > limits.pageSize) {
    throw exceeded('pageSize', measures.pageSize.found, measures.pageSize.path, role, table);
  }
  if (measures.repeated !== null) throw repeatedlyIntrospected(measures.repeated);
  if (measures.cost.found > limits.cost) throw exceeded('cost', measures.cost.found, measures.cost.path, role, table);
  if (measures.schemas > 1) throw oftenIntrospected(measures.schemas);
  checkConditions(measures.conditions, asked.variables ?? {});
  return { known, document, operation, cost: knownCostOf(measures, tokens, role, limits) };
}

/** graphql-js answers `__schema` several times as fast as once, but each answer is about 400 kB. */
function oftenIntrospected(found: number): GatewayError {
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `__schema is selected ${found} times in one operation, at most 1: select everything you need in one place.`,
    { limit: 'introspection', allowed: 1, found, path: ['__schema'] },
  );
}

/** Aliases below introspection would multiply the schema, or its text, in one answer. */
function repeatedlyIntrospected(path: string): GatewayError {
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `${path} is selected under several aliases of one parent; introspection allows 1: select everything you need in one place.`,
    { limit: 'introspection', allowed: 1, found: 2, path: path.split('.') },
  );
}

/** `@skip` and `@include` need true or false; executors notice an explicit null only when they reach it, if at all. */
function checkConditions(conditions: ReadonlySet<string>, variables: Record<string, unknown>): void {
  for (const name of conditions) {
    if (Object.hasOwn(variables, name) && variables[name] === null)
      throw new Invalid(
        `$${name}: @skip and @include take true or false, not null. Omit the variable to use its default.`,
        {
          path: [name],
        },
      );
  }
}

function parsed(value: SupergraphValue, query: string, role: LimitRole, table: LimitTable): KnownDocument {
  const { tokens } = table[role];
  const before = value.documents.get(query);
  if (before) return before;
  const document = shielded(() => {
    try {
      return parse(query, { maxTokens: tokens });
    } catch (error) {
      // graphql-js has no code for this; the message has not changed since maxTokens was introduced.
      if (error instanceof GraphQLError && /more that \d+ tokens/.test(error.message)) {
        throw exceeded('tokens', tokens + 1, null, role, table);
      }
      throw error instanceof GraphQLError
        ? new GraphQLError(error.message, {
            source: error.source,
            positions: error.positions,
            extensions: { code: 'BAD_QUERY', http: { status: 400 } },
          })
        : error;
    }
  });
  refuseIncremental(value, document, query);
  const known: KnownDocument = { document, errors: undefined };
  value.documents.set(query, known, { size: Math.max(1, tokensOf(document)) });
  return known;
}

function tokensOf(document: DocumentNode): number {
  return (document as { tokenCount?: number }).tokenCount ?? 0;
}

/**
 * Refuses the directives of incremental delivery, unless the graph has its own of that name: no released graphql executes them, and
 * "unknown directive" would not say that it is not the client's spelling.
 */
function refuseIncremental(value: SupergraphValue, document: DocumentNode, query: string): void {
  if (!/\b(defer|stream)\b/.test(query)) return;
  visit(document, {
    Directive(node) {
      const name = node.name.value;
      if ((name !== 'defer' && name !== 'stream') || value.apiSchema.getDirective(name)) return;
      throw new GraphQLError(
        `@${name} is not supported: an answer is sent whole. Remove it, or ask for the slow fields in an operation of their own.`,
        { nodes: [node], extensions: { code: 'BAD_QUERY', http: { status: 400 } } },
      );
    },
  });
}

/** A document with thousands of nested brackets overflows the stack: that is the query's error, not an internal one. */
function shielded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw badQuery('The query is nested too deeply.');
    throw error;
  }
}

const words: Record<keyof Limits, string> = {
  depth: 'depth',
  tokens: 'tokens',
  aliases: 'aliases',
  rootFields: 'root fields',
  fields: 'fields',
  pageSize: 'page size',
  cost: 'estimated objects',
  objects: 'objects',
  body: 'bytes of body',
};

/** LIMIT_EXCEEDED with the limit, the allowed and the actual amount, the place, and what to reduce. */
export function exceeded(
  limit: keyof Limits,
  found: number,
  path: string | null,
  role: LimitRole,
  table: LimitTable,
): GatewayError {
  const allowed = table[role][limit];
  const at = path ? ` at ${path}` : '';
  const who = role === 'anonymous' && table.signedIn[limit] > allowed ? ' (more is allowed when signed in)' : '';
  const amount = limit === 'tokens' && found === allowed + 1 ? `more than ${allowed}` : String(found);
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `${words[limit]} ${amount} of at most ${allowed}${at}: ${advice[limit]}${who}.`,
    { limit, allowed, found, ...(path ? { path: pathIn(path) } : {}) },
    limit === 'body' ? 413 : 400,
  );
}
