import { isRequiredArgument, parse, print } from 'graphql';
import { sampleValue } from './sample-value.ts';
import { selection } from './selection.ts';
import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { RootKind } from './search.ts';

/** An operation ready for the editor. */
export interface EditorOperation {
  readonly query: string;
  /** JSON text, or null if there are none. */
  readonly variables: string | null;
}

const KEYWORDS = { QUERY: 'query', MUTATION: 'mutation', SUBSCRIPTION: 'subscription' } as const;

/**
 * The smallest useful operation for a root field: its required arguments as variables with sample values, its scalars
 * selected. Null if the schema has no such root, which happens if the catalog is newer than the page's schema. `uniqueKey` makes
 * the idempotency keys that many mutations require.
 */
export function rootOperation(
  schema: GraphQLSchema,
  kind: RootKind,
  name: string,
  uniqueKey: () => string,
): EditorOperation | null {
  const field = rootType(schema, kind)?.getFields()[name];
  if (!field) return null;
  const required = field.args.filter(isRequiredArgument);
  // Optional arguments are in the documentation; here they would only be noise.
  const declared = required.map((argument) => `$${argument.name}: ${argument.type.toString()}`).join(', ');
  const passed = required.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const head = `${KEYWORDS[kind]} ${title}${declared && `(${declared})`}`;
  const text = `${head} { ${name}${passed && `(${passed})`} ${selection(schema, field.type)} }`;
  const values = required.map(
    (argument) => [argument.name, sampleValue(argument.type, argument.name, uniqueKey)] as const,
  );
  return {
    query: print(parse(text)),
    variables: values.length > 0 ? JSON.stringify(Object.fromEntries(values), null, 2) : null,
  };
}

function rootType(schema: GraphQLSchema, kind: RootKind): GraphQLObjectType | null | undefined {
  if (kind === 'QUERY') return schema.getQueryType();
  return kind === 'MUTATION' ? schema.getMutationType() : schema.getSubscriptionType();
}
