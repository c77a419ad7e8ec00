import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Asset, type AssetSourceKind } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { recordOf } from '../asset/asset-record.ts';
import { difference } from '../../../platform/change/difference.ts';
import { Category } from '../category/category.entity.ts';
import { assetImported, importProgressed } from '../events.ts';
import { AssetImport } from './asset-import.entity.ts';
import { assetImports } from './asset-import.noun.ts';
import type { BatchFigures } from './batch-figures.ts';
import { requestIndexing } from '../indexing/asset-indexing.service.ts';
import { newest } from '../structure/structures.ts';
import { rememberTags } from '../tag/tag.service.ts';
import { normalTags } from '../tag/tag.ts';
import { withoutHandEdits } from './hand-edits.ts';
import type { CheckedLine, ImportedLine } from './import-line.ts';
import { lineFault, type LineFault } from './line-fault.ts';

export interface ImportBatch {
  source: string;
  run: string;
  ownerId?: string | undefined;
  total?: number | undefined;
  publish: boolean;
  /** Whether new drafts are to be indexed. */
  index: boolean;
  sourceKind: AssetSourceKind;
}

export interface ImportResult extends BatchFigures {
  import: AssetImport;
  rejected: LineFault[];
}

/**
 * Imports one batch: new source ids become assets, changed lines change them, and repeated lines change nothing. The row of the run is
 * locked first, so that two batches of a run add up. The number of statements is constant.
 */
export async function importBatch(
  tx: Transaction,
  batch: ImportBatch,
  lines: readonly CheckedLine[],
): Promise<ImportResult> {
  const ownerId = batch.ownerId ?? tx.info.actingFor ?? tx.actorId;
  tx.must('assets.asset.import', ownerId);
  const now = tx.now();
  const run = await importRun(tx, batch, ownerId);
  const rejected = lines.flatMap((line) => ('fault' in line ? [line.fault] : []));
  const sound = lines.flatMap((line) => ('fault' in line ? [] : [line]));
  const places = await categoriesOf(tx, ownerId, sound);

  // Locked in the order of ids, so that edits by hand and other runs wait and are not overwritten.
  const known = await tx.em.find(
    Asset,
    { importedFor: ownerId, source: batch.source, sourceId: { $in: sound.map(({ values }) => values.sourceId) } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  const bySourceId = new Map(known.map((asset) => [asset.sourceId, asset]));
  const good = sound.filter(({ line, values }) => {
    const fault = standingFault(values, bySourceId.get(values.sourceId), ownerId, places);
    if (fault) rejected.push(lineFault({ line, ...fault }));
    return fault === null;
  });
  let updated = 0;
  let kept = 0;
  let published = 0;
  const fresh: Asset[] = [];
  for (const { values, hash } of good) {
    const columns = columnsOf(values, places);
    const asset = bySourceId.get(values.sourceId);
    if (!asset) {
      const made = assets.create(tx, {
        ...columns,
        sourceHash: hash,
        status: batch.publish ? 'PUBLISHED' : 'DRAFT',
        ownerId,
        createdBy: tx.actorId,
        source: batch.source,
        importedFor: ownerId,
        sourceKind: batch.sourceKind,
      });
      fresh.push(made);
      if (batch.publish) published += 1;
    } else if (asset.sourceHash !== hash) {
      const before = recordOf(asset);
      const rest = withoutHandEdits(asset, columns);
      Object.assign(asset, { ...rest.columns, sourceHash: hash, handEdits: rest.handEdits });
      kept += rest.kept;
      const changed = difference(before, recordOf(asset));
      if (Object.keys(changed).length === 0) continue;
      asset.updatedAt = now;
      updated += 1;
      tx.emit(assetImported, asset.id, {
        assetId: asset.id,
        ownerId,
        importId: run.id,
        title: asset.title,
        status: asset.status,
        change: 'UPDATED',
        changed,
      });
    }
  }
  await rememberTags(
    tx,
    good.flatMap(({ values }) => normalTags(values.tags)),
  );
  for (const { id, title, status } of fresh)
    tx.emit(assetImported, id, { assetId: id, ownerId, importId: run.id, title, status, change: 'CREATED' });
  if (batch.index)
    await requestIndexing(
      tx,
      fresh.filter(({ status }) => status === 'DRAFT'),
    );

  const figures = { created: fresh.length, updated, unchanged: good.length - fresh.length - updated, kept };
  const lastLine = lines.reduce((most, line) => Math.max(most, 'fault' in line ? line.fault.line : line.line), 0);
  run.took({ ...figures, rejected: rejected.length, lastLine }, now);
  const { id: importId, total = null } = run;
  const told = { importId, ownerId, source: batch.source, lastLine, total, published };
  tx.emit(importProgressed, importId, { ...told, ...figures, rejected: rejected.length });
  return { import: run, ...figures, rejected };
}

/** The categories in these lines, by path. One statement, none without categories. */
async function categoriesOf(
  tx: Transaction,
  ownerId: string,
  lines: readonly { values: ImportedLine }[],
): Promise<Map<string, string>> {
  const paths = [...new Set(lines.flatMap(({ values }) => values.category ?? []))];
  if (paths.length === 0) return new Map();
  const found = await tx.em.find(Category, { path: { $in: paths }, archivedAt: null });
  const usable = found.filter((category) => !category.ownerId || category.ownerId === ownerId);
  return new Map(usable.map(({ path, id }) => [path, id]));
}

/** The error of a line that is valid by itself but does not match the stored data. */
function standingFault(
  values: ImportedLine,
  known: Asset | undefined,
  ownerId: string,
  places: ReadonlyMap<string, string>,
): Omit<LineFault, 'line'> | null {
  if (values.category && !places.has(values.category))
    return { field: 'category', code: 'unknown_category', message: `There is no open category ${values.category}.` };
  if (known && known.ownerId !== ownerId)
    return { field: 'sourceId', code: 'transferred', message: 'This asset has another owner now.' };
  // Fields edited by hand stay, and must match the values of the line.
  const byHand = known?.handEdits ?? {};
  const kind = known && byHand.KIND ? known.kind : values.kind;
  const structured = values.structureType && !byHand.STRUCTURE ? values.structureType : known?.structureType;
  if (structured && newest(structured).assetKind !== kind)
    return {
      field: 'kind',
      code: 'structure_kind',
      message: `Its structure is for ${newest(structured).assetKind}. Give another structure as well.`,
    };
  return null;
}

/** A line as columns. A category or structure that it does not name is not changed. */
function columnsOf(values: ImportedLine, places: ReadonlyMap<string, string>) {
  const { category, structureType, structure, ...said } = values;
  return {
    ...said,
    tags: normalTags(said.tags),
    creator: said.creators[0] ?? null,
    ...(category ? { categoryId: places.get(category) ?? null } : {}),
    ...(structureType && structure
      ? { structureType, structureVersion: newest(structureType).structureVersion, structure }
      : {}),
  };
}

async function importRun(tx: Transaction, batch: ImportBatch, ownerId: string): Promise<AssetImport> {
  const key = { ownerId, source: batch.source, run: batch.run };
  const known = await tx.em.findOne(AssetImport, key, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (known) {
    known.total = batch.total ?? known.total ?? null;
    return known;
  }
  const figures = { created: 0, updated: 0, unchanged: 0, rejected: 0, kept: 0 };
  return assetImports.create(tx, {
    ...key,
    ...figures,
    createdBy: tx.actorId,
    total: batch.total ?? null,
    lastLine: 0,
  });
}
