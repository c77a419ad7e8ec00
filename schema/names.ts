import { readFile } from 'node:fs/promises';
import { Kind, type DefinitionNode } from 'graphql';
import { DeclarationFault } from '../platform/declare/fault.ts';
import { buildSubgraph } from '../platform/subgraph/build.ts';
import { checkPrefixes, unknownPrefixFaults } from '../platform/subgraph/prefixes.ts';
import type { Subgraph } from '../platform/subgraph/subgraph.ts';

/** A name of the graph and its one owner: a line of `schema/names.tsv`. */
export interface OwnedName {
  name: string;
  kind: NameKind;
  /** An OS, or `platform` for names that every OS prints alike. */
  os: string;
  /** The prefix of an entity's ids. */
  prefix: string;
}

export type NameKind =
  | 'entity'
  | 'type'
  | 'interface'
  | 'enum'
  | 'input'
  | 'query'
  | 'mutation'
  | 'subscription'
  | 'scalar';

/** The rows of `schema/names.tsv`. */
export async function readNames(): Promise<OwnedName[]> {
  const text = await readFile(new URL('names.tsv', import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [name = '', kind = '', os = '', prefix = ''] = line.split('\t');
      return { name, kind: kind as NameKind, os, prefix };
    });
}

/** A name declared by one OS; `stub` when it only references a type of another OS. */
interface DeclaredName {
  name: string;
  kind: NameKind;
  os: string;
  stub: boolean;
}

const roots: Record<string, NameKind> = { Query: 'query', Mutation: 'mutation', Subscription: 'subscription' };

/** Every name that the subgraphs declare, once for each OS that declares it. */
function declaredNames(subgraphs: readonly Subgraph[]): DeclaredName[] {
  return subgraphs.flatMap((subgraph) =>
    buildSubgraph(subgraph).document.definitions.flatMap((definition) => namesIn(definition, subgraph)),
  );
}

function namesIn(definition: DefinitionNode, subgraph: Subgraph): DeclaredName[] {
  if (!('name' in definition) || !definition.name) return [];
  const name = definition.name.value;
  const os = subgraph.name;
  const rootKind = roots[name];
  if (rootKind && definition.kind === Kind.OBJECT_TYPE_DEFINITION)
    return (definition.fields ?? []).map((field) => ({ name: field.name.value, kind: rootKind, os, stub: false }));
  const own = { name, os, stub: false };
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION: {
      const entity = subgraph.nouns.some((noun) => noun.types.includes(name));
      const keyed = definition.directives?.some((directive) => directive.name.value === 'key') ?? false;
      const references = subgraph.references[name] !== undefined;
      return [{ ...own, kind: entity ? 'entity' : 'type', stub: keyed && !entity && !references }];
    }
    case Kind.INTERFACE_TYPE_DEFINITION:
      return [{ ...own, kind: 'interface' }];
    case Kind.UNION_TYPE_DEFINITION:
      return [{ ...own, kind: 'type' }];
    case Kind.ENUM_TYPE_DEFINITION:
      return [{ ...own, kind: 'enum' }];
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return [{ ...own, kind: 'input' }];
    case Kind.SCALAR_TYPE_DEFINITION:
      return [{ ...own, kind: 'scalar' }];
    default:
      return [];
  }
}

/** A query may share the name of a mutation, since the operation type tells them apart; all other names are unique. */
export function nameKey({ name, kind }: Pick<OwnedName, 'name' | 'kind'>): string {
  return kind === 'query' ? `query ${name}` : name;
}

/** Names that the platform declares, so that every OS prints them alike. Every other name has one owner. */
const platformNames = new Set([
  'AggregateOrder',
  'BigInt',
  'Currency',
  'Date',
  'DateFilter',
  'DateTime',
  'DateTimeFilter',
  'Decimal',
  'IDFilter',
  'IntFilter',
  'JSON',
  'Money',
  'MoneyInput',
  'Node',
  'PageInfo',
  'SearchMode',
  'SearchSnippet',
  'TextFilter',
  'TextListFilter',
  'TextRange',
  'TimeUnit',
]);

/** All names of the graph with their owners, as listed in `schema/names.tsv`. Throws if two OSes declare a name or prefix. */
export function ownedNames(subgraphs: readonly Subgraph[]): OwnedName[] {
  checkPrefixes(subgraphs);
  const unknown = [...unknownPrefixFaults(subgraphs)];
  if (unknown.length > 0) throw new DeclarationFault(unknown.join('\n'));
  const prefixes = new Map(
    subgraphs.flatMap(({ nouns }) => nouns.flatMap((noun) => noun.prefixOf.map((each) => [each.type, each.prefix]))),
  );
  const owners = new Map<string, OwnedName>();
  const faults: string[] = [];
  for (const { name, kind, os, stub } of declaredNames(subgraphs)) {
    if (stub) continue;
    const owner = platformNames.has(name) ? 'platform' : os;
    const key = nameKey({ name, kind });
    const known = owners.get(key);
    if (known && known.os !== owner) faults.push(`${name} is declared by ${known.os} and by ${owner}`);
    else owners.set(key, { name, kind, os: owner, prefix: (kind === 'entity' && prefixes.get(name)) || '' });
  }
  if (faults.length > 0)
    throw new DeclarationFault(`Names of the graph have one owner each:\n- ${faults.join('\n- ')}`);
  const place = ({ name, kind }: OwnedName): string => `${name.toLowerCase()}\t${kind}`;
  return [...owners.values()].toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** The text of `schema/names.tsv`. */
export function printNames(names: readonly OwnedName[]): string {
  const lines = names.map(({ name, kind, os, prefix }) => [name, kind, os, ...(prefix ? [prefix] : [])].join('\t'));
  return `name\tkind\tos\tprefix\n${lines.join('\n')}\n`;
}
