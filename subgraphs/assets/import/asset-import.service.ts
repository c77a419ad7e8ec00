import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assetImported, importProgressed } from '../events.ts';
import { AssetImport } from './asset-import.entity.ts';
import type { CheckedLine, LineFault } from './import-line.ts';

export interface ImportBatch {
  source: string;
  run: string;
  ownerId?: string | null;
  total?: number | null;
  publish: boolean;
}

export interface ImportResult {
  import: AssetImport;
  created: number;
  updated: number;
  unchanged: number;
  rejected: LineFault[];
}

/**
 * Takes in one batch: new source ids become assets, changed lines change them, the same line again changes nothing. Who holds
 * the run's row goes first, so that two batches of a run add up; the number of statements does not depend on the lines.
 */
export async function assetImport(
  tx: Transaction,
  batch: ImportBatch,
  lines: readonly CheckedLine[],
): Promise<ImportResult> {
  const ownerId = batch.ownerId ?? tx.info.actingFor ?? tx.actorId;
  tx.must('assets.asset.import', ownerId);
  const now = tx.now();
  const run = await importRun(tx, batch, ownerId);
  const rejected = lines.flatMap((line) => ('fault' in line ? [line.fault] : []));
  const good = lines.flatMap((line) => ('fault' in line ? [] : [line]));

  // Locked in the order of their ids: a change by hand or by another run waits, and is not overwritten unseen.
  const known = await tx.em.find(
    Asset,
    { ownerId, source: batch.source, sourceId: { $in: good.map(({ values }) => values.sourceId) } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  const bySourceId = new Map(known.map((asset) => [asset.sourceId, asset]));
  let updated = 0;
  let published = 0;
  const fresh: Asset[] = [];
  for (const { values, hash } of good) {
    const written = { ...values, creator: values.creators[0] ?? null, sourceHash: hash, updatedAt: now };
    const asset = bySourceId.get(values.sourceId);
    if (!asset) {
      const made = tx.em.create(Asset, {
        ...written,
        id: newId('ast'),
        universeId: tx.universe,
        createdAt: now,
        status: batch.publish ? 'PUBLISHED' : 'DRAFT',
        ownerId,
        createdBy: tx.actorId,
        source: batch.source,
      });
      fresh.push(made);
      if (batch.publish) published += 1;
    } else if (asset.sourceHash !== hash) {
      tx.em.assign(asset, written);
      updated += 1;
      tx.emit(assetImported, asset.id, {
        assetId: asset.id,
        ownerId,
        importId: run.id,
        title: asset.title,
        change: 'UPDATED',
      });
    }
  }
  tx.em.persist(fresh);
  for (const { id, title } of fresh)
    tx.emit(assetImported, id, { assetId: id, ownerId, importId: run.id, title, change: 'CREATED' });

  const figures = { created: fresh.length, updated, unchanged: good.length - fresh.length - updated };
  const lastLine = lines.reduce((most, line) => Math.max(most, 'fault' in line ? line.fault.line : line.line), 0);
  run.took({ ...figures, rejected: rejected.length, lastLine }, now);
  const { id: importId, total = null } = run;
  tx.emit(importProgressed, importId, {
    importId,
    ownerId,
    source: batch.source,
    lastLine,
    total,
    ...figures,
    rejected: rejected.length,
    published,
  });
  return { import: run, ...figures, rejected };
}

async function importRun(tx: Transaction, batch: ImportBatch, ownerId: string): Promise<AssetImport> {
  const key = { ownerId, source: batch.source, run: batch.run };
  const known = await tx.em.findOne(AssetImport, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (known) {
    known.total = batch.total ?? known.total ?? null;
    return known;
  }
  const now = tx.now();
  const run = tx.em.create(AssetImport, {
    id: newId('imp'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    ...key,
    createdBy: tx.actorId,
    total: batch.total ?? null,
    lastLine: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    rejected: 0,
  });
  tx.em.persist(run);
  return run;
}
