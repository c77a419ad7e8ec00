import { readFileSync } from 'node:fs';

/** Every scope of the installation, from the catalog, so that a program that opens some OSes need not load the others. */
export function catalogScopes(): ReadonlySet<string> {
  const catalog = JSON.parse(readFileSync(new URL('../schema/catalog.json', import.meta.url), 'utf8')) as {
    systems: { scopes: string[] }[];
  };
  return new Set(catalog.systems.flatMap(({ scopes }) => scopes));
}
