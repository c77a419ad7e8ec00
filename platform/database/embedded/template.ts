import { existsSync, readFileSync } from 'node:fs';

/** Where `prepare` puts what it makes. */
const folder = new URL('../../../dist/database/', import.meta.url);

/**
 * The file of an empty cluster of exactly this PGlite. Making a cluster takes several seconds of work, unpacking one a fraction;
 * another version never finds it, since its name is another.
 */
export function templateFile(): URL {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return new URL(`empty-pglite-${version}.tar.gz`, folder);
}

/** The empty cluster that was made ahead; undefined where none was, and the database then makes its own. */
export function preparedTemplate(): Blob | undefined {
  const file = templateFile();
  return existsSync(file) ? new Blob([readFileSync(file)]) : undefined;
}
