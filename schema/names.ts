import { readFile } from 'node:fs/promises';
import { Kind, type DefinitionNode } from 'graphql';
import { buildSubgraph } from '../platform/subgraph/build.ts';
import type { Subgraph } from '../platform/subgraph/subgraph.ts';

/** A name of the graph and its one owner: a line of `schema/names.tsv`. */
export interface OwnedName {
  name: string;
  kind: NameKind;
  /** An OS, or `platform` for what every OS prints alike. */
  os: string;
  /** The prefix of an entity's ids. */
  prefix: string;
}

export const nameKinds = [
  'entity',
  'type',
  'interface',
  'enum',
  'input',
  'query',
  'mutation',
  'subscription',
  'scalar',
] as const;
export type NameKind = (typeof nameKinds)[number];

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

/** A name as one OS declares it; `stub` when it only refers to what another one owns. */
export interface DeclaredName {
  name: string;
  kind: NameKind;
  os: string;
  stub: boolean;
}

const roots: Record<string, NameKind> = { Query: 'query', Mutation: 'mutation', Subscription: 'subscription' };

/** Every name that the subgraphs declare, once for each OS that declares it. */
export function declaredNames(subgraphs: readonly Subgraph[]): DeclaredName[] {
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

/** A query may have the name of a mutation, since the type of its operation tells them apart; nothing else shares a name. */
export function nameKey({ name, kind }: Pick<OwnedName, 'name' | 'kind'>): string {
  return kind === 'query' ? `query ${name}` : name;
}

/** What several OSes declare although none refers to another's belongs to the platform; the rest to whoever declares it. */
export function expectedOwners(
  declared: readonly DeclaredName[],
): Map<string, Pick<OwnedName, 'name' | 'kind' | 'os'>> {
  const owners = new Map<string, Pick<OwnedName, 'name' | 'kind' | 'os'>>();
  for (const { name, kind, os, stub } of declared) {
    if (stub) continue;
    const key = nameKey({ name, kind });
    const known = owners.get(key);
    owners.set(key, { name, kind, os: known && known.os !== os ? 'platform' : os });
  }
  return owners;
}
