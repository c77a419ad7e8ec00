import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../port.ts';

/** The server version that PGlite is; a cluster is readable by its own major version only. */
const POSTGRES_MAJOR = '18';

/** The cluster within a data folder, which also holds the lock. */
export class ClusterFolder {
  readonly path: string;
  readonly #mark: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, 'postgres');
    this.#mark = join(dataDir, 'cluster.json');
  }

  get exists(): boolean {
    return existsSync(this.#mark);
  }

  /**
   * Makes the folder ready to be opened by whoever holds the lock. What a first start that was killed half-way left
   * behind was never opened, so never written to; it cannot be opened either and is moved aside. Throws for another
   * major version.
   */
  prepare(report: Report): void {
    if (this.exists) {
      const { postgres } = JSON.parse(readFileSync(this.#mark, 'utf8')) as { postgres: string };
      if (postgres === POSTGRES_MAJOR) return;
      throw new Error(
        `${this.path} is a cluster of Postgres ${postgres}, and this program embeds Postgres ${POSTGRES_MAJOR}. ` +
          `Dump it with the program that wrote it and load it into a new folder.`,
      );
    }
    if (existsSync(this.path)) {
      const aside = `${this.path}.incomplete-${Date.now()}`;
      renameSync(this.path, aside);
      report(`A first start did not finish; what it left was moved to ${aside}.`);
    }
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  /** Notes that the cluster was opened once, and so is whole. */
  complete(): void {
    if (this.exists) return;
    const draft = `${this.#mark}.new`;
    writeFileSync(draft, `${JSON.stringify({ postgres: POSTGRES_MAJOR })}\n`);
    renameSync(draft, this.#mark);
  }
}
