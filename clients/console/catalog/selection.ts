import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLOutputType, GraphQLSchema } from 'graphql';

type Composite = GraphQLObjectType | GraphQLInterfaceType;
type Field = GraphQLField<unknown, unknown>;

/** Scalars of one object; users can add the others in the editor. */
const MAX_LEAVES = 20;
/** Objects expanded if an object has no scalars, as a mutation's payload. */
const MAX_BRANCHES = 4;
/** Members of a union that get a fragment. */
const MAX_MEMBERS = 6;
const MAX_DEPTH = 3;
/** Fields of a value such as Money at most; an object with more is not treated as a value. */
const MAX_VALUE_FIELDS = 4;

/** The selection set for a type, including braces, or nothing for a scalar: scalars, values such as Money, and the rows of lists. */
export function selection(schema: GraphQLSchema, type: GraphQLOutputType, depth = 0): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isUnionType(named)) {
    const members = named.getTypes().slice(0, MAX_MEMBERS);
    return `{ __typename ${members.map((member) => fragment(member)).join(' ')} }`;
  }
  if (!isObjectType(named) && !isInterfaceType(named)) return '{ __typename }';
  return `{ ${fieldsOf(schema, named, depth)} }`;
}

function fieldsOf(schema: GraphQLSchema, type: Composite, depth: number): string {
  const fields = callable(type);
  const list = fields.find((field) => (field.name === 'nodes' || field.name === 'rows') && isListOfObjects(field));
  if (list) return listFields(schema, type, list, depth);
  const edges = fields.find((field) => field.name === 'edges' && isListOfObjects(field));
  const edgeType = edges && getNamedType(edges.type);
  const node = isObjectType(edgeType) ? edgeType.getFields()['node'] : undefined;
  if (node) return `edges { node ${selection(schema, node.type, depth + 1)} } ${pageInfo(type)}`;
  const own = [...leaves(fields), ...values(fields)];
  if (own.length > 0) return own.join(' ');
  if (depth >= MAX_DEPTH) return '__typename';
  const branches = fields.filter((field) => !isLeafType(getNamedType(field.type))).slice(0, MAX_BRANCHES);
  const inner = branches.map((field) => `${field.name} ${selection(schema, field.type, depth + 1)}`);
  return inner.length > 0 ? inner.join(' ') : '__typename';
}

function listFields(schema: GraphQLSchema, type: Composite, list: Field, depth: number): string {
  // A total is counted only if selected, which may be slow, so it is left out.
  const beside = leaves(callable(type)).filter((name) => name !== 'totalCount');
  return `${beside.join(' ')} ${list.name} ${selection(schema, list.type, depth + 1)} ${pageInfo(type)}`;
}

function pageInfo(type: Composite): string {
  return type.getFields()['pageInfo'] ? 'pageInfo { hasNextPage endCursor }' : '';
}

function fragment(member: GraphQLObjectType): string {
  const fields = callable(member);
  const own = [...leaves(fields), ...values(fields)];
  return `... on ${member.name} { ${own.length > 0 ? own.join(' ') : '__typename'} }`;
}

function callable(type: Composite): Field[] {
  return Object.values(type.getFields()).filter(
    (field) => !field.args.some(isRequiredArgument) && field.deprecationReason == null,
  );
}

function leaves(fields: readonly Field[]): string[] {
  const names = fields.filter((field) => isLeafType(getNamedType(field.type))).map((field) => field.name);
  // The id first, and a stream's long cursor last: in a table it would push everything else out of sight.
  const others = names.filter((name) => name !== 'id' && name !== 'cursor');
  return ['id', ...others, 'cursor'].filter((name) => names.includes(name)).slice(0, MAX_LEAVES);
}

/** Objects without an id that have only scalars are selected as values. */
function values(fields: readonly Field[]): string[] {
  return fields.flatMap((field) => {
    const type = getNullableType(field.type);
    if (!isObjectType(type)) return [];
    const inner = Object.values(type.getFields());
    const isValue =
      inner.length <= MAX_VALUE_FIELDS &&
      inner.every((part) => part.name !== 'id' && part.args.length === 0 && isLeafType(getNamedType(part.type)));
    return isValue ? [`${field.name} { ${inner.map((part) => part.name).join(' ')} }`] : [];
  });
}

function isListOfObjects(field: Field): boolean {
  return isListType(getNullableType(field.type)) && !isLeafType(getNamedType(field.type));
}
