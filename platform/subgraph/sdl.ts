import {
  Kind,
  parse,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputObjectTypeDefinitionNode,
  type InputValueDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';
import { actingForDescription, actingForField, canActFor } from '../access/acting-for.ts';
import type { Audience } from '../access/audience.ts';
import { audiencesOf, tagsFor } from '../access/audiences.ts';
import type { FieldDeclaration, RootDeclaration } from '../access/declare.ts';
import { objectsIn, outermost, sizesOf, withWeights } from './sizes.ts';
import { asReference } from './stubs.ts';
import type { Subgraph } from './subgraph.ts';

interface Decoration {
  subgraph: Subgraph;
  roots: ReadonlyMap<string, RootDeclaration>;
  restrictions: ReadonlyMap<string, FieldDeclaration>;
}

/**
 * Types generated for a noun besides its own. They get its audience: totals and counts reveal as much as rows. If that is `visible` they
 * depend on the viewer, because each viewer may see other rows.
 */
const pageTypes = ['Connection', 'Edge', 'Aggregate', 'AggregateRow', 'Facets', 'Facet', 'FacetValue'];

const rootTypes = new Set(['Query', 'Mutation', 'Subscription']);

function directives(text: string): readonly ConstDirectiveNode[] {
  const [type] = parse(`type T ${text} { f: Int }`).definitions;
  return (type as ObjectTypeDefinitionNode).directives ?? [];
}

const nodeIdField = (parse('type T { nodeId: ID! @inaccessible }').definitions[0] as ObjectTypeDefinitionNode)
  .fields?.[0] as FieldDefinitionNode;
const actingFor = (
  parse(`input I { """${actingForDescription}""" ${actingForField}: ID }`)
    .definitions[0] as InputObjectTypeDefinitionNode
).fields?.[0] as InputValueDefinitionNode;

const nodeInterface = parse(`
  """Any object that \`node(id)\` can return."""
  interface Node { id: ID! nodeId: ID! @inaccessible }
`).definitions[0] as InterfaceTypeDefinitionNode;

/**
 * Adds what no OS writes by hand to its schema: keys of nouns, unresolvable keys of stubs that add no field, the interface Node, tags of
 * restricted fields, `actingFor` in inputs of mutations, `[os]` before descriptions of root fields, sizes and weights of pages, aggregates
 * and searches, and a fixed order, so that diffs of the contract show only changes.
 *
 * Only the owner of an entity knows the key `nodeId`. The hub uses it for `node(id)`, so that even `{ id }` is fetched from the owner, and
 * an id that does not exist or is not visible returns null.
 */
export function decorateSdl(document: DocumentNode, decoration: Decoration): DocumentNode {
  const { subgraph } = decoration;
  const objects = objectsIn(document);
  const definitions = document.definitions
    .filter((definition) => definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.DIRECTIVE_DEFINITION)
    .map((definition) => decorate(described(definition, decoration.roots), decoration, objects));
  const nouns = subgraph.nouns.length > 0;
  const named = definitions.some((definition) => 'name' in definition && definition.name?.value === 'Node');
  if (nouns && !named) definitions.push(nodeInterface);
  const key = (definition: DefinitionNode): string =>
    'name' in definition && definition.name ? definition.name.value : '';
  return { kind: Kind.DOCUMENT, definitions: definitions.sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

/** Whether this is the input of a mutation that may act for an organization: `assetCreate` takes `AssetCreateInput`. */
function namesOrganization(input: string, roots: Decoration['roots']): boolean {
  const name = input.replace(/Input$/, '');
  const root = roots.get(`Mutation.${name.charAt(0).toLowerCase()}${name.slice(1)}`);
  return input.endsWith('Input') && root !== undefined && canActFor(root);
}

/** Gives inputs and payloads of mutations without a description a default one that names the mutation. */
function described(definition: DefinitionNode, roots: Decoration['roots']): DefinitionNode {
  if (!('name' in definition) || !definition.name || ('description' in definition && definition.description))
    return definition;
  const [, name = '', suffix = ''] = /^(.+)(Input|Payload)$/.exec(definition.name.value) ?? [];
  const root = name.slice(0, 1).toLowerCase() + name.slice(1);
  if (!roots.has(`Mutation.${root}`)) return definition;
  const value = `${suffix === 'Input' ? 'Input' : 'Result'} of \`${root}\`.`;
  return { ...definition, description: { kind: Kind.STRING, value } } as DefinitionNode;
}

function decorate(
  undecorated: DefinitionNode,
  { subgraph, roots, restrictions }: Decoration,
  objects: ReadonlySet<string>,
): DefinitionNode {
  if (undecorated.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && namesOrganization(undecorated.name.value, roots))
    return { ...undecorated, fields: sorted([...(undecorated.fields ?? []), actingFor]) };
  if (undecorated.kind !== Kind.OBJECT_TYPE_DEFINITION && undecorated.kind !== Kind.INTERFACE_TYPE_DEFINITION) {
    return 'fields' in undecorated && undecorated.fields
      ? ({ ...undecorated, fields: sorted(undecorated.fields as never[]) } as DefinitionNode)
      : undecorated;
  }
  const name = undecorated.name.value;
  const noun = subgraph.nouns.find((each) => each.types.includes(name));
  const isObject = undecorated.kind === Kind.OBJECT_TYPE_DEFINITION;
  const around = subgraph.nouns.find((each) => pageTypes.some((suffix) => `${each.name}${suffix}` === name));
  const ownAudience = noun?.options.audience ?? (around && listed(around.options.audience)) ?? 'public';
  // A page without its rows would still tell how many there are.
  const typeTags = [name, ...(around ? [around.name] : [])].flatMap((type) => schemaTags(subgraph, type));
  const definition = { ...undecorated, directives: [...(undecorated.directives ?? []), ...typeTags] };
  const fields = (definition.fields ?? []).map((field) => {
    const restriction = restrictions.get(`${name}.${field.name.value}`);
    const root = rootTypes.has(name) ? roots.get(`${name}.${field.name.value}`) : undefined;
    const own = root ? (root.audience ?? (root.access === 'self' ? 'self' : 'public')) : ownAudience;
    const extra = [
      ...tagsOf(field, [own, restriction?.audience ?? 'public', audienceOfList(field, subgraph)]),
      ...schemaTags(subgraph, name, field.name.value, root),
      ...(root?.access === 'router' ? directives('@inaccessible') : []),
    ];
    const description =
      root && field.description
        ? { ...field.description, value: `[${subgraph.name}] ${field.description.value}` }
        : field.description;
    // Root queries are nullable: if an OS is down, a non-null root would make the whole response null.
    const type = name === 'Query' && field.type.kind === Kind.NON_NULL_TYPE ? field.type.type : field.type;
    return {
      ...withWeights(field),
      type,
      ...(description ? { description } : {}),
      directives: [...(field.directives ?? []), ...sizesOf(field, objects), ...extra],
    };
  });
  if (!noun) {
    const other = { ...definition, fields: sorted(fields) };
    // A type whose references the OS resolves is its own, even without a noun.
    return isObject && !subgraph.references[name] ? asReference(other as ObjectTypeDefinitionNode) : other;
  }
  const isActor = noun.options.interfaces?.includes(name) ?? false;
  if (!isObject || isActor)
    return {
      ...definition,
      directives: [...(definition.directives ?? []), ...directives('@key(fields: "id")')],
      fields: sorted(fields),
    };
  return {
    ...definition,
    interfaces: [...(definition.interfaces ?? []), { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'Node' } }],
    directives: [...(definition.directives ?? []), ...directives('@key(fields: "id") @key(fields: "nodeId")')],
    fields: sorted([...fields, nodeIdField]),
  };
}

/** The tags of the audiences whose schemas have this type, or this field of it; none where it is in all that reach it. */
function schemaTags(
  { audiences, permissions }: Subgraph,
  type: string,
  field?: string,
  root?: RootDeclaration,
): readonly ConstDirectiveNode[] {
  const declared = audiences[field === undefined ? type : `${type}.${field}`];
  if (root?.access === 'router') return [];
  const own = root ? (declared ?? audiencesOf(root, permissions[root.access])) : declared;
  return own ? tagsFor(own).flatMap((tag) => directives(`@tag(name: "${tag}")`)) : [];
}

/** The audience of a list of rows, or of what is counted over them. */
function listed(audience: Audience): Audience {
  return audience === 'visible' ? 'self' : audience;
}

/** A list of rows that only some viewers see differs between viewers, unless its declaration says that it does not. */
function audienceOfList(field: FieldDefinitionNode, { nouns }: Subgraph): Audience {
  const { name, isList } = outermost(field.type);
  const noun = nouns.find(({ types }) => types.includes(name));
  const isAlike = noun?.options.audience !== 'visible' || !isList || tagged(field).includes('visible');
  return isAlike ? 'public' : 'self';
}

/** The tags of these audiences that a field does not have yet. What depends on the viewer need not say on what else. */
function tagsOf(field: FieldDefinitionNode, audiences: readonly Audience[]): readonly ConstDirectiveNode[] {
  const has = tagged(field);
  const tags = new Set(audiences.filter((each) => each !== 'public' && !has.includes(each)));
  if (tags.has('self') || has.includes('self')) tags.delete('visible');
  return [...tags].flatMap((tag) => directives(`@tag(name: "${tag}")`));
}

/** The tags that the declaration of a field itself gives. */
function tagged({ directives: given = [] }: FieldDefinitionNode): string[] {
  return given.flatMap(({ name, arguments: values = [] }) =>
    name.value === 'tag' ? values.flatMap(({ value }) => (value.kind === Kind.STRING ? value.value : [])) : [],
  );
}

function sorted<F extends { name: { value: string } }>(fields: readonly F[]): F[] {
  return [...fields].sort((a, b) => (a.name.value < b.name.value ? -1 : 1));
}
