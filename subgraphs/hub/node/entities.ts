import { readFileSync } from 'node:fs';

/** An entity of the graph: its type, the OS that owns it, and the prefix of its ids. */
export interface EntityName {
  type: string;
  os: string;
  prefix: string;
}

/**
 * Reads `schema/names.tsv`, which lists the one owner of every name of the graph. Rows of kind `entity` carry the prefix of their
 * ids; `node(id)` answers all of them.
 */
export function entityNames(
  tsv: string = readFileSync(new URL('../../../schema/names.tsv', import.meta.url), 'utf8'),
): EntityName[] {
  return tsv
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(([, kind]) => kind === 'entity')
    .map(([type = '', , os = '', prefix = '']) => ({ type, os, prefix }));
}
