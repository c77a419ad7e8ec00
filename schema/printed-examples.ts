import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
  parse,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** A root field without a hand-written operation. */
export interface BareRoot {
  kind: 'query' | 'mutation' | 'subscription';
  name: string;
  /** Whether it needs a signed-in viewer. */
  signIn: boolean;
}

/** Maximum fields per level: an example is an overview, not a dump. */
const fieldsAtMost = 8;
/** Page size of an example. */
const pageSize = 10;

/**
 * An operation that demonstrates a root field: its required variables and the plain fields of its result. Ids are invented, with the
 * prefix of their type.
 */
export function printedExample(schema: GraphQLSchema, prefixes: ReadonlyMap<string, string>, root: BareRoot): string {
  const { kind, name, signIn } = root;
  const field = rootField(schema, root);
  const type = getNamedType(field.type);
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const given: string[] = [];
  const paged = field.args.some((argument) => argument.name === 'first');
  for (const argument of field.args) {
    if (argument.name === 'first') given.push(`first: ${pageSize}`);
    if (argument.name === 'after' && kind === 'subscription') {
      declared.push('$after: String');
      given.push('after: $after');
    }
    if (!isNonNullType(argument.type) || argument.defaultValue !== undefined) continue;
    declared.push(`$${argument.name}: ${argument.type}`);
    given.push(`${argument.name}: $${argument.name}`);
    variables[argument.name] = valueOf(argument.type, idOf(argument, type.name, prefixes), prefixes);
  }
  const key = firstKey(field);
  if (key) given.push(`groupBy: [${key.value}]`);
  const selection = isObjectType(type) ? selectionOf(type, { paged, key: key?.field ?? null }) : '';
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const head = `${kind} ${title}${declared.length > 0 ? `(${declared.join(', ')})` : ''}`;
  const call = `${name}${given.length > 0 ? `(${given.join(', ')})` : ''}`;
  const text = print(parse(`${head} { ${call} ${selection} }`));
  const comments = [
    firstSentence(field.description ?? ''),
    ...(Object.keys(variables).length > 0 ? [`variables: ${JSON.stringify(variables)}`] : []),
    ...(signIn ? ['sign in'] : []),
  ];
  return `${comments.map((line) => `# ${line}`).join('\n')}\n${text}\n`;
}

function rootField(schema: GraphQLSchema, { kind, name }: BareRoot): GraphQLField<unknown, unknown> {
  const types = { query: schema.getQueryType(), mutation: schema.getMutationType() };
  const type = kind === 'subscription' ? schema.getSubscriptionType() : types[kind];
  const field = type?.getFields()[name];
  if (!field) throw new Error(`The graph has no ${kind} ${name}.`);
  return field;
}

/** The first sentence of a description, without the OS prefix and the list of errors. */
function firstSentence(description: string): string {
  const plain = description.replace(/^\[[a-z]+\] /, '').split(' Errors:')[0] ?? '';
  return (/^.*?[.](?=\s|$)/.exec(plain)?.[0] ?? plain).trim();
}

/** The first enum value by which the aggregate can be grouped, and the matching field of its rows. */
function firstKey(field: GraphQLField<unknown, unknown>): { value: string; field: string } | null {
  const argument = field.args.find((each) => each.name === 'groupBy');
  const type = argument && getNamedType(argument.type);
  const rows = getNamedType(field.type);
  const row = isObjectType(rows) ? rows.getFields()['rows'] : undefined;
  if (!type || !isEnumType(type) || !row) return null;
  const rowType = getNamedType(row.type) as GraphQLObjectType;
  for (const { name } of type.getValues()) {
    const camel = name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const found = rowType.getFields()[camel];
    if (found && isLeafType(getNamedType(found.type))) return { value: name, field: camel };
  }
  return null;
}

function selectionOf(type: GraphQLObjectType, { paged, key }: { paged: boolean; key: string | null }): string {
  const fields = type.getFields();
  if (paged && fields['nodes']) return `{ totalCount nodes ${plainFields(getNamedType(fields['nodes'].type))} }`;
  if (fields['rows'] && fields['asOf']) return `{ rows { ${key ?? ''} count } asOf }`;
  return plainFields(type);
}

/** The plain fields of a type; if it has few, also those of its objects. */
function plainFields(type: unknown, depth = 0): string {
  if (!isObjectType(type)) return '{ __typename }';
  const plain: string[] = [];
  const times: string[] = [];
  const inner: string[] = [];
  for (const { name, type: of, args, deprecationReason } of Object.values(type.getFields())) {
    if (deprecationReason || args.some((each) => isNonNullType(each.type) && each.defaultValue === undefined)) continue;
    const named = getNamedType(of);
    if (isLeafType(named)) (named.name === 'DateTime' ? times : plain).push(name);
    else if (depth < 1 && !isListType(isNonNullType(of) ? of.ofType : of) && isObjectType(named) && !isPage(named))
      inner.push(`${name} ${plainFields(named, depth + 1)}`);
  }
  const first = [...plain.filter((name) => name === 'id'), ...plain.filter((name) => name !== 'id'), ...times];
  const shown = [...first.slice(0, fieldsAtMost), ...(depth === 0 && first.length <= 4 ? inner.slice(0, 2) : [])];
  return `{ ${shown.length > 0 ? shown.join(' ') : '__typename'} }`;
}

const isPage = (type: GraphQLObjectType): boolean => type.name.endsWith('Connection');

/** An invented id for an argument: of the type in its name, else of the result type. */
function idOf(
  argument: GraphQLArgument | GraphQLInputField,
  answered: string,
  prefixes: ReadonlyMap<string, string>,
): string {
  const named = argument.name.replace(/Ids?$/, '');
  const type = named.charAt(0).toUpperCase() + named.slice(1);
  const prefix = prefixes.get(type) ?? prefixes.get(answered) ?? 'usr';
  return `${prefix}_01jz0000000000000000000000`;
}

const scalarValues: Readonly<Record<string, unknown>> = {
  Int: 1,
  Float: 1.5,
  Boolean: true,
  Decimal: '10.00',
  Currency: 'USD',
  DateTime: '2030-01-01T00:00:00Z',
  Date: '2030-01-01',
  JSON: {},
  BigInt: '1',
};

function valueOf(type: GraphQLInputType, id: string, prefixes: ReadonlyMap<string, string>): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType, id, prefixes);
  if (isListType(type)) return [valueOf(type.ofType, id, prefixes)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type))
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
        .map((field) => [field.name, valueOf(field.type, idOf(field, '', prefixes), prefixes)]),
    );
  if (type.name === 'ID') return id;
  return scalarValues[type.name] ?? 'An example';
}
