import { DeclarationFault } from '../declare/fault.ts';
import { filteredPrefixes } from '../nouns/filter-kinds.ts';
import type { Subgraph } from './subgraph.ts';

type Named = Pick<Subgraph, 'name' | 'nouns' | 'idPrefixes'>;

/** 3 to 12 lower-case letters; longer ids would not be accepted (platform/ids). */
const wellFormed = /^[a-z]{3,12}$/;

/** Prefixes of the nouns of these OSes that are ill-formed, or belong to several types. */
export function* prefixFaults(subgraphs: readonly Named[]): Generator<string> {
  const owners = new Map<string, string>();
  for (const subgraph of subgraphs) {
    for (const { type, prefix } of prefixesOf(subgraph)) {
      const owner = `${type} (${subgraph.name})`;
      if (!wellFormed.test(prefix)) yield `the prefix "${prefix}" of ${owner} is not 3 to 12 lower-case letters`;
      const other = owners.get(prefix);
      if (other) yield `the prefix ${prefix} is of ${other} and of ${owner}: give one of them another \`prefix\``;
      else owners.set(prefix, owner);
    }
  }
}

function prefixesOf({ nouns, idPrefixes }: Named): { type: string; prefix: string }[] {
  const others = Object.entries(idPrefixes).map(([prefix, type]) => ({ type, prefix }));
  return [...nouns.flatMap(({ prefixOf }) => prefixOf), ...others];
}

/** Inputs, arguments and filters that accept only ids that nothing in these OSes has. Needs all OSes: ids of others are accepted too. */
export function* unknownPrefixFaults(subgraphs: readonly Subgraph[]): Generator<string> {
  const known = new Set(subgraphs.flatMap((each) => prefixesOf(each).map(({ prefix }) => prefix)));
  for (const { name: os, declared, nouns } of subgraphs) {
    const filtered = nouns.map(({ name, options }) => ({
      name: `${name}Filter`,
      ids: filteredPrefixes(options.filter),
    }));
    for (const { name, ids = [] } of [...declared, ...filtered])
      for (const prefix of new Set(ids))
        if (!known.has(prefix))
          yield `${name} (${os}) accepts ids "${prefix}_…", which nothing has: correct the prefix, or declare it in \`idPrefixes\``;
  }
}

/** Stops the start of OSes whose ids could be mistaken for each other. */
export function checkPrefixes(subgraphs: readonly Subgraph[]): void {
  const faults = [...prefixFaults(subgraphs)];
  if (faults.length > 0) throw new DeclarationFault(`Id prefixes have one noun each:\n- ${faults.join('\n- ')}`);
}
