import { existsSync, readFileSync } from 'node:fs';

/** The output folder of `prepare`. */
const folder = new URL('../../../dist/database/', import.meta.url);

/**
 * The file of an empty cluster for exactly this version of PGlite, which is in its name. Creating a cluster takes several seconds, unpacking
 * one a fraction.
 */
export function templateFile(): URL {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return new URL(`empty-pglite-${version}.tar.gz`, folder);
}

/** The prepared empty cluster; undefined if there is none, and the database then creates its own. */
export function preparedTemplate(): Blob | undefined {
  const file = templateFile();
  return existsSync(file) ? new Blob([readFileSync(file)]) : undefined;
}
