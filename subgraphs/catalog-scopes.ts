import { readFileSync } from 'node:fs';

/** Every scope of the installation, as the catalog lists them: a program that opens some OSes does not load the others for it. */
export function catalogScopes(): ReadonlySet<string> {
  const catalog = JSON.parse(readFileSync(new URL('../schema/catalog.json', import.meta.url), 'utf8')) as {
    systems: { scopes: string[] }[];
  };
  return new Set(catalog.systems.flatMap(({ scopes }) => scopes));
}
