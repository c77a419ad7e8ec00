import { Kind, type DocumentNode, type FieldDefinitionNode, type ObjectTypeDefinitionNode } from 'graphql';
import { coordinateOf, type FieldDeclaration, type RootDeclaration } from '../access/declare.ts';
import { DeclarationFault } from '../declare/fault.ts';
import { bareNames } from './bare-names.ts';
import { classFaults } from './classes.ts';
import { guessFaults } from './guessed.ts';
import { prefixFaults } from './prefixes.ts';
import { alikeFaults } from './seen-alike.ts';
import { unsizedLists } from './sizes.ts';
import type { Subgraph } from './subgraph.ts';
import { repeated } from './twice.ts';

const keywords = new Set(['public', 'signedIn', 'self', 'router']);
const rootTypes = ['Query', 'Mutation', 'Subscription'] as const;

interface Parts {
  subgraph: Subgraph;
  document: DocumentNode;
  roots: ReadonlyMap<string, RootDeclaration>;
  restrictions: ReadonlyMap<string, FieldDeclaration>;
  /** What it declares twice. */
  twice: Iterable<string>;
}

/** The boot checks. Throws one error that lists everything that an OS has forgotten. */
export function checkSubgraph(parts: Parts): void {
  const { subgraph, document, restrictions, twice } = parts;
  const faults = [
    ...twice,
    ...rootFaults(parts),
    ...typeFaults(parts),
    ...prefixFaults([subgraph]),
    ...factFaults(parts),
    ...classFaults(subgraph),
    ...alikeFaults(subgraph, parts.roots.values()),
    ...guessFaults(subgraph, restrictions, (type) => fieldsOf(document, type).map(({ name }) => name.value)),
  ];
  if (faults.length > 0)
    throw new DeclarationFault(`The OS "${subgraph.name}" cannot start:\n- ${faults.join('\n- ')}`);
}

function* rootFaults({ subgraph, document, roots }: Parts): Generator<string> {
  const printed = new Set<string>();
  for (const kind of rootTypes) {
    const fields = fieldsOf(document, kind);
    for (const field of fields) {
      const name = field.name.value;
      printed.add(`${kind}.${name}`);
      const root = roots.get(`${kind}.${name}`);
      if (!root) {
        yield `${kind}.${name} declares no permission: put @Reads, @Writes or @Streams on it`;
        continue;
      }
      if (!field.description) yield `${kind}.${name} has no description`;
      if (!keywords.has(root.access) && !subgraph.permissions[root.access])
        yield `${kind}.${name} names an undeclared permission "${root.access}"`;
      yield* tellFaults(root, subgraph);
    }
  }
  for (const root of roots.values())
    if (!printed.has(coordinateOf(root))) yield `${root.name} declares a permission but is no root field`;
  for (const coordinate of Object.keys(subgraph.audiences)) {
    const [type = '', field] = coordinate.split('.');
    const isPrinted = document.definitions.some((each) => 'name' in each && each.name?.value === type);
    const isField = field === undefined || fieldsOf(document, type).some(({ name }) => name.value === field);
    if (!isPrinted || !isField) yield `its audiences have ${coordinate}, which it does not print`;
  }
  for (const name of Object.keys(subgraph.permissions)) {
    if (!new RegExp(`^${subgraph.name}\\.[a-z][A-Za-z]*\\.[a-z][A-Za-z]*$`).test(name))
      yield `the permission "${name}" is not written os.noun.verb`;
  }
}

function* tellFaults(root: RootDeclaration, subgraph: Subgraph): Generator<string> {
  if (root.kind !== 'Mutation') return;
  if (!root.tells) yield `${root.name} says neither which facts it tells nor why it is silent`;
  else if ('silent' in root.tells && root.tells.silent.length < 10) yield `${root.name} is silent without a reason`;
  else if ('facts' in root.tells) {
    if (root.tells.facts.length === 0) yield `${root.name} tells no fact: say { silent: reason }`;
    for (const fact of root.tells.facts)
      if (!subgraph.facts.includes(fact)) yield `${root.name} tells "${fact.type}", which the OS does not list`;
  }
}

function* typeFaults({ subgraph, document, restrictions }: Parts): Generator<string> {
  const nouns = new Set(subgraph.nouns.flatMap((noun) => [...noun.types]));
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const name = definition.name.value;
    const bare = bareNames.has(name) || (name === 'Policy' && subgraph.name !== 'policy');
    if (bare && !rootTypes.includes(name as 'Subscription'))
      yield `the type name "${name}" is too bare: put the OS's noun before it`;
    if (nouns.has(name)) nouns.delete(name);
  }
  for (const coordinate of unsizedLists(document))
    yield `the list ${coordinate} has no maximum length: put @Directive('@listSize(assumedSize: …)') on it`;
  for (const name of nouns) yield `the noun ${name} is not printed: list its type in \`types\``;
  for (const coordinate of restrictions.keys()) {
    const [type = '', name = ''] = coordinate.split('.');
    const field = fieldsOf(document, type).find((each) => each.name.value === name);
    if (!field) yield `${coordinate} is restricted but not printed`;
    else if (field.type.kind === Kind.NON_NULL_TYPE) yield `${coordinate} is restricted and so must be nullable`;
  }
}

function* factFaults({ subgraph }: Parts): Generator<string> {
  for (const fact of subgraph.facts) {
    if (!fact.type.startsWith(`${subgraph.name}.`)) yield `the fact "${fact.type}" is not written os.noun.participle`;
  }
  for (const { type } of repeated(subgraph.facts, (fact) => fact.type))
    yield `the fact "${type}" is declared twice: rename one of them`;
  for (const fact of subgraph.systemFacts)
    if (!subgraph.facts.includes(fact)) yield `its systemFacts have "${fact.type}", which it does not list`;
  // They would share one checkpoint, and each fact would reach only one of them.
  for (const { name } of repeated(subgraph.reactions, (reaction) => reaction.name))
    yield `the reaction ${name} is declared twice: rename one of them`;
  for (const reaction of subgraph.reactions) {
    for (const fact of reaction.facts) {
      if (fact.type.startsWith(`${subgraph.name}.`))
        yield `the reaction ${reaction.name} listens to the OS itself: call the service instead`;
    }
  }
  if (subgraph.entities.length > 0 && subgraph.migrations.length === 0)
    yield 'it stores entities but has no migrations';
}

function fieldsOf(document: DocumentNode, type: string): readonly FieldDefinitionNode[] {
  return document.definitions.flatMap((definition) =>
    (definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
      definition.kind === Kind.OBJECT_TYPE_EXTENSION) &&
    definition.name.value === type
      ? ((definition as ObjectTypeDefinitionNode).fields ?? [])
      : [],
  );
}
