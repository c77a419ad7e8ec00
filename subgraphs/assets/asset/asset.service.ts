import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { assetArchived, assetCreated, assetPublished, assetReopened, assetUpdated } from '../events.ts';
import { editedByHand, importedValues } from '../import/hand-edits.ts';
import { requestIndexing, withdrawIndexing } from '../indexing/asset-indexing.service.ts';
import { rememberTags } from '../tag/tag.service.ts';
import { Asset, type AssetKind, type AssetSourceKind } from './asset.entity.ts';
import { natureOf, type AssetNature } from './asset-nature.service.ts';
import { assets } from './asset.query.ts';
import { checkDates, recordColumnsOf, recordOf, type AssetRecord } from './asset-record.ts';
import { difference } from '../../../platform/change/difference.ts';

/** What can be written of an asset. Absent leaves, null clears. */
export interface AssetText extends AssetNature, AssetRecord {}

export async function assetCreate(
  tx: Transaction,
  input: AssetText & { title: string; kind: AssetKind; ownerId?: string | null; sourceKind?: AssetSourceKind | null },
): Promise<Asset> {
  const ownerId = input.ownerId ?? tx.info.actingFor ?? tx.actorId;
  tx.must('assets.asset.create', ownerId);
  const now = tx.now();
  const nature = await natureOf(tx, input, { kind: input.kind, ownerId });
  const columns = recordColumnsOf(input);
  await rememberTags(tx, columns.tags ?? []);
  const asset = tx.em.create(Asset, {
    id: newId('ast'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    status: 'DRAFT',
    ownerId,
    createdBy: tx.actorId,
    sourceKind: input.sourceKind ?? 'UPLOADED',
    ...columns,
    title: input.title.trim(),
    kind: input.kind,
    ...nature,
  });
  checkDates(asset);
  tx.em.persist(asset);
  const { id, title, kind, status } = asset;
  tx.emit(assetCreated, id, { assetId: id, ownerId, title, kind, status });
  return asset;
}

export async function assetUpdate(
  tx: Transaction,
  input: AssetText & { assetId: string; ifVersion?: number | null },
): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.update', asset.ownerId);
  if (input.ifVersion && input.ifVersion !== asset.version) {
    throw new Conflict(
      `ifVersion: the asset is at version ${asset.version} by now. Read it again, and repeat the change.`,
      { path: ['input', 'ifVersion'] },
    );
  }
  const before = recordOf(asset);
  const imported = importedValues(asset);
  Object.assign(asset, recordColumnsOf(input));
  Object.assign(asset, await natureOf(tx, input, asset));
  const changed = difference(before, recordOf(asset));
  if (Object.keys(changed).length === 0) return asset;
  // What an import brought is as its source has it, and nobody is told of dates that they did not touch.
  if (changed['createdEarliest'] || changed['createdLatest']) checkDates(asset);
  if (changed['tags']) await rememberTags(tx, asset.tags);
  if (asset.importedFor) {
    const edit = { by: tx.actorId, ownerId: asset.ownerId, at: tx.now().toISOString() };
    asset.handEdits = editedByHand(asset, imported, edit);
  }
  asset.updatedAt = tx.now();
  tx.emit(assetUpdated, asset.id, { assetId: asset.id, ownerId: asset.ownerId, changed });
  return asset;
}

export async function assetPublish(tx: Transaction, input: { assetId: string }): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.publish', asset.ownerId);
  if (asset.status === 'PUBLISHED') return asset;
  if (asset.status === 'ON_SALE')
    throw new Conflict('It is on sale, and so it is published: take it off sale with assetRelease.', {
      path: ['input', 'assetId'],
    });
  const previousStatus = asset.move('PUBLISHED', tx.now());
  asset.sale = null;
  tx.emit(assetPublished, asset.id, {
    assetId: asset.id,
    ownerId: asset.ownerId,
    title: asset.title,
    previousStatus,
  });
  return asset;
}

export async function assetArchive(tx: Transaction, input: { assetId: string }): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.archive', asset.ownerId);
  if (asset.status === 'ARCHIVED') return asset;
  const previousStatus = asset.move('ARCHIVED', tx.now());
  tx.emit(assetArchived, asset.id, { assetId: asset.id, ownerId: asset.ownerId, previousStatus });
  return asset;
}

/** Asks for indexing; the worker does it after the commit (`indexing/`). */
export async function assetIndex(tx: Transaction, input: { assetId: string }): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.index', asset.ownerId);
  if (asset.status === 'INDEXED') return asset;
  asset.checkMove('INDEXED');
  await requestIndexing(tx, [asset]);
  return asset;
}

export async function assetReopen(tx: Transaction, input: { assetId: string }): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.reopen', asset.ownerId);
  const { id: assetId, ownerId, status } = asset;
  if (status === 'DRAFT') {
    if (await withdrawIndexing(tx, assetId))
      tx.emit(assetReopened, assetId, { assetId, ownerId, previousStatus: status });
    return asset;
  }
  const previousStatus = asset.move('DRAFT', tx.now());
  tx.emit(assetReopened, assetId, { assetId, ownerId, previousStatus });
  return asset;
}
