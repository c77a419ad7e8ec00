import { z } from 'zod';

/**
 * A backup is text: gzipped JSON, one value a line. First the header; then for each table a line that names it and its columns,
 * followed by its rows; last a line that says how many rows there were, so that a cut file is known for one. Values are what
 * Postgres writes for them as text, so a backup outlives the database's version.
 */
export const formatVersion = 1;

export const headerShape = z.object({
  format: z.literal('ensemble-backup'),
  version: z.literal(formatVersion),
  madeAt: z.iso.datetime(),
  /** The schemas' versions: what a restore applies before it loads the rows. */
  migrations: z.array(z.object({ os: z.string(), name: z.string(), checksum: z.string() })),
  /** Small files beside the database that belong to it, by name: without the sealing key nobody could sign in. */
  files: z.record(z.string(), z.string()),
});
export type BackupHeader = z.output<typeof headerShape>;

export const tableShape = z.object({ schema: z.string(), table: z.string(), columns: z.array(z.string()) });
export type BackupTable = z.output<typeof tableShape>;

export const rowShape = z.array(z.string().nullable());
export type BackupRow = z.output<typeof rowShape>;

export const endShape = z.object({ rows: z.int() });

/** The file is not a backup, or not one that this program can read. */
export class BackupFault extends Error {
  override name = 'BackupFault';
}
