import { DeclarationFault } from '../declare/fault.ts';
import type { Subgraph } from './subgraph.ts';

/** 3 to 12 lower-case letters; longer ids would not be accepted (platform/ids). */
const wellFormed = /^[a-z]{3,12}$/;

/** Prefixes of the nouns of these OSes that are ill-formed, or belong to several types. */
export function* prefixFaults(subgraphs: readonly Pick<Subgraph, 'name' | 'nouns'>[]): Generator<string> {
  const owners = new Map<string, string>();
  for (const { name: os, nouns } of subgraphs) {
    for (const { type, prefix } of nouns.flatMap(({ prefixOf }) => prefixOf)) {
      const owner = `${type} (${os})`;
      if (!wellFormed.test(prefix)) yield `the prefix "${prefix}" of ${owner} is not 3 to 12 lower-case letters`;
      const other = owners.get(prefix);
      if (other) yield `the prefix ${prefix} is of ${other} and of ${owner}: give one of them another \`prefix\``;
      else owners.set(prefix, owner);
    }
  }
}

/** Stops the start of OSes whose ids could be mistaken for each other. */
export function checkPrefixes(subgraphs: readonly Subgraph[]): void {
  const faults = [...prefixFaults(subgraphs)];
  if (faults.length > 0) throw new DeclarationFault(`Id prefixes have one noun each:\n- ${faults.join('\n- ')}`);
}
