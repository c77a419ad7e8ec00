import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const AssetImportSchema = defineEntity({
  name: 'AssetImport',
  tableName: 'asset_imports',
  properties: {
    ...standardColumns,
    ownerId: p.text().name('owner_id'),
    createdBy: p.text().name('created_by'),
    source: p.text(),
    /** The importer's name for the run; batches with the same name add up. */
    run: p.text(),
    total: p.integer().nullable(),
    lastLine: p.integer().name('last_line'),
    created: p.integer(),
    updated: p.integer(),
    unchanged: p.integer(),
    rejected: p.integer(),
    /** Number of fields that keep a value edited by hand. */
    kept: p.integer().default(0),
  },
});

/** One run of an import, batch by batch. */
export class AssetImport extends AssetImportSchema.class {
  /** Adds a batch. A batch sent again is counted once: lines up to the last one were counted before. */
  took(
    batch: { lastLine: number; created: number; updated: number; unchanged: number; rejected: number; kept: number },
    now: Date,
  ): void {
    this.created += batch.created;
    this.updated += batch.updated;
    this.kept += batch.kept;
    if (batch.lastLine > this.lastLine) {
      this.unchanged += batch.unchanged;
      this.rejected += batch.rejected;
      this.lastLine = batch.lastLine;
    }
    this.updatedAt = now;
  }
}
AssetImportSchema.setClass(AssetImport);
