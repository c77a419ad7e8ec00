import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { assetArchived, assetCreated, assetIndexed, assetPublished, assetReopened, assetUpdated } from '../events.ts';
import { rememberTags } from '../tag/tag.service.ts';
import { normalTags } from '../tag/tag.ts';
import { Asset, type AssetKind, type AssetSourceKind } from './asset.entity.ts';
import { natureOf, natureTold, type AssetNature } from './asset-nature.service.ts';
import { assets } from './asset.query.ts';
import { difference, same, type Changed } from './difference.ts';

/** What can be written of an asset. Absent leaves, null clears. */
export interface AssetText extends AssetNature {
  title?: string | null;
  description?: string | null;
  kind?: AssetKind | null;
  creators?: string[] | null;
  classification?: string | null;
  medium?: string | null;
  tags?: string[] | null;
}

export async function assetCreate(
  tx: Transaction,
  input: AssetText & { title: string; kind: AssetKind; ownerId?: string | null; sourceKind?: AssetSourceKind | null },
): Promise<Asset> {
  const ownerId = input.ownerId ?? tx.info.actingFor ?? tx.actorId;
  tx.must('assets.asset.create', ownerId);
  const now = tx.now();
  const creators = input.creators ?? [];
  const nature = await natureOf(tx, input, { kind: input.kind, ownerId });
  const tags = normalTags(input.tags ?? []);
  await rememberTags(tx, tags);
  const asset = tx.em.create(Asset, {
    id: newId('ast'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    title: input.title.trim(),
    description: input.description ?? null,
    kind: input.kind,
    status: 'DRAFT',
    ownerId,
    createdBy: tx.actorId,
    creators,
    creator: creators[0] ?? null,
    classification: input.classification ?? null,
    medium: input.medium ?? null,
    tags,
    sourceKind: input.sourceKind ?? 'UPLOADED',
    ...nature,
  });
  tx.em.persist(asset);
  const { id, title, kind, status } = asset;
  tx.emit(assetCreated, id, { assetId: id, ownerId, title, kind, status });
  return asset;
}

const columns = ['title', 'description', 'kind', 'creators', 'classification', 'medium', 'tags'] as const;
/** Columns that null does not clear but empties, or that cannot be cleared at all. */
const emptied = { creators: [], tags: [] } as Record<string, unknown>;

export async function assetUpdate(
  tx: Transaction,
  input: AssetText & { assetId: string; ifVersion?: number | null },
): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.update', asset.ownerId);
  if (input.ifVersion && input.ifVersion !== asset.version) {
    throw new Conflict(`The asset has version ${asset.version} by now.`, { path: ['input', 'ifVersion'] });
  }
  const changed: Changed = {};
  for (const column of columns) {
    const given = input[column];
    if (given === undefined) continue;
    if (given === null && (column === 'title' || column === 'kind'))
      throw new Invalid(`${column} cannot be cleared.`, { path: ['input', column] });
    const to = written(column, given) ?? emptied[column] ?? null;
    const from = asset[column] ?? null;
    if (same(from, to)) continue;
    changed[column] = { from: from as never, to: to as never };
    Object.assign(asset, { [column]: to });
  }
  const before = natureTold(asset);
  Object.assign(asset, await natureOf(tx, input, asset));
  Object.assign(changed, difference(before, natureTold(asset)));
  if (Object.keys(changed).length === 0) return asset;
  if (changed['tags']) await rememberTags(tx, asset.tags);
  asset.creator = asset.creators[0] ?? null;
  asset.updatedAt = tx.now();
  tx.emit(assetUpdated, asset.id, { assetId: asset.id, ownerId: asset.ownerId, changed });
  return asset;
}

function written(column: (typeof columns)[number], given: unknown): unknown {
  if (column === 'title') return (given as string).trim();
  return column === 'tags' && given ? normalTags(given as string[]) : given;
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
  asset.saleId = null;
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

export async function assetIndex(tx: Transaction, input: { assetId: string }): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.index', asset.ownerId);
  if (asset.status === 'INDEXED') return asset;
  const previousStatus = asset.move('INDEXED', tx.now());
  tx.emit(assetIndexed, asset.id, { assetId: asset.id, ownerId: asset.ownerId, previousStatus });
  return asset;
}

export async function assetReopen(tx: Transaction, input: { assetId: string }): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.reopen', asset.ownerId);
  if (asset.status === 'DRAFT') return asset;
  const previousStatus = asset.move('DRAFT', tx.now());
  tx.emit(assetReopened, asset.id, { assetId: asset.id, ownerId: asset.ownerId, previousStatus });
  return asset;
}
