import { z } from 'zod';

/**
 * The format of a backup: gzipped JSON, one value per line. First the header; then for each table a line with its name and columns,
 * followed by its rows; last a line with the number of rows, so that a truncated file is detected. Values are in Postgres' text format, so a
 * backup outlives the database's version.
 */
export const formatVersion = 1;

export const headerShape = z.object({
  format: z.literal('ensemble-backup'),
  version: z.literal(formatVersion),
  madeAt: z.iso.datetime(),
  /** The applied migrations, which a restore applies before it loads the rows. */
  migrations: z.array(z.object({ os: z.string(), name: z.string(), checksum: z.string() })),
  /** Small files that belong to the database, by name: without the sealing key nobody could sign in. */
  files: z.record(z.string(), z.string()),
});
export type BackupHeader = z.output<typeof headerShape>;

export const tableShape = z.object({ schema: z.string(), table: z.string(), columns: z.array(z.string()) });
export type BackupTable = z.output<typeof tableShape>;

export const rowShape = z.array(z.string().nullable());
export type BackupRow = z.output<typeof rowShape>;

export const endShape = z.object({ rows: z.int() });

/** The file is not a backup that this program can read. */
export class BackupFault extends Error {
  override name = 'BackupFault';
}
