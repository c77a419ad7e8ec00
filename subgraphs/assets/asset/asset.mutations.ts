import { difference } from '../../../platform/change/difference.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import {
  assetArchived,
  assetCreated,
  assetIndexRequested,
  assetPublished,
  assetReopened,
  assetUpdated,
} from '../events.ts';
import { editedByHand, importedValues } from '../import/hand-edits.ts';
import { requestIndexing, withdrawIndexing } from '../indexing/asset-indexing.service.ts';
import { rememberTags } from '../tag/tag.service.ts';
import { nature, natureOf } from './asset-nature.service.ts';
import { checkDates, kind, record, recordColumnsOf, recordOf, title } from './asset-record.ts';
import { AssetSourceKind } from './asset.entity.ts';
import { assets } from './asset.noun.ts';

export const assetCreate = mutation('assetCreate', {
  access: 'assets.asset.create',
  description: 'Creates an asset as a draft.',
  errors: 'FORBIDDEN, INVALID, CONFLICT for an idempotency key that was used with another input',
  tells: [assetCreated],
  input: {
    ...record,
    ...nature,
    title,
    kind,
    ownerId: arg
      .id(
        ['usr', 'org', 'agt'],
        'The owner: a person, organization or agent. If absent, the organization acted for, otherwise the viewer.',
      )
      .optional(),
    sourceKind: arg.enum(AssetSourceKind, 'How the asset entered the graph; UPLOADED if absent.').optional(),
  },
  answers: assets,
  idempotent: true,
  async run(tx, given) {
    const ownerId = given.ownerId ?? tx.info.actingFor ?? tx.actorId;
    tx.must('assets.asset.create', ownerId);
    const columns = await natureOf(tx, given, { kind: given.kind, ownerId });
    Object.assign(columns, recordColumnsOf(given));
    const asset = assets.create(tx, {
      status: 'DRAFT',
      ownerId,
      createdBy: tx.actorId,
      sourceKind: given.sourceKind ?? 'UPLOADED',
      ...columns,
      title: given.title,
      kind: given.kind,
    });
    await rememberTags(tx, asset.tags);
    checkDates(asset);
    const { id, status } = asset;
    tx.emit(assetCreated, id, { assetId: id, ownerId, title: asset.title, kind: asset.kind, status });
    return asset;
  },
});

export const assetUpdate = mutationOf(assets, 'assetUpdate', {
  access: 'assets.asset.update',
  description:
    'Changes the description of an asset: title, creators, dates, structure, traits. Absent fields stay as they are.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if `ifVersion` is outdated',
  tells: [assetUpdated],
  inputDescription:
    'Absent fields stay as they are; null clears a field. Later imports do not change fields of an imported asset that were edited here.',
  target: 'The asset to change.',
  ifVersion: true,
  input: { ...record, ...nature },
  async run(tx, asset, given) {
    const before = recordOf(asset);
    const imported = importedValues(asset);
    Object.assign(asset, recordColumnsOf(given));
    Object.assign(asset, await natureOf(tx, given, asset));
    const changed = difference(before, recordOf(asset));
    if (Object.keys(changed).length === 0) return;
    // Imported dates are as their source has them, so unchanged dates are not checked.
    if (changed['createdEarliest'] || changed['createdLatest']) checkDates(asset);
    if (changed['tags']) await rememberTags(tx, asset.tags);
    if (asset.importedFor) {
      const edit = { by: tx.actorId, ownerId: asset.ownerId, at: tx.now().toISOString() };
      asset.handEdits = editedByHand(asset, imported, edit);
    }
    asset.updatedAt = tx.now();
    tx.emit(assetUpdated, asset.id, { assetId: asset.id, ownerId: asset.ownerId, changed });
  },
});

export const assetPublish = mutationOf(assets, 'assetPublish', {
  access: 'assets.asset.publish',
  description: 'Publishes an asset, so that everybody sees it. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is on sale',
  tells: [assetPublished],
  target: 'The asset to publish.',
  run(tx, asset) {
    const { id: assetId, ownerId, status } = asset;
    if (status === 'PUBLISHED') return;
    if (status === 'ON_SALE')
      throw new Conflict('The asset is on sale and already published. To take it off sale, call assetRelease.', {
        path: ['input', 'assetId'],
      });
    const previousStatus = asset.move('PUBLISHED', tx.now());
    asset.sale = null;
    tx.emit(assetPublished, assetId, { assetId, ownerId, title: asset.title, previousStatus });
  },
});

export const assetArchive = mutationOf(assets, 'assetArchive', {
  access: 'assets.asset.archive',
  description: 'Archives an asset: from then on only its owners see it. `assetPublish` shows it again. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is on sale',
  tells: [assetArchived],
  target: 'The asset to archive.',
  run(tx, asset) {
    const { id: assetId, ownerId } = asset;
    if (asset.status === 'ARCHIVED') return;
    const previousStatus = asset.move('ARCHIVED', tx.now());
    tx.emit(assetArchived, assetId, { assetId, ownerId, previousStatus });
  },
});

export const assetIndex = mutationOf(assets, 'assetIndex', {
  access: 'assets.asset.index',
  description:
    'Requests the indexing of a draft. It runs after the answer, usually within a second: it makes the asset searchable and comparable, checks its structure, its uploads and its vector, and sets the status to INDEXED. Until then the asset stays a DRAFT, `Asset.indexing` lists what is missing, and `assetIndexed` streams the outcome. A draft with problems is checked again when it changes. Indexing does not change the version. Repeating the call checks again; `assetReopen` withdraws it.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is neither DRAFT nor INDEXED',
  tells: [assetIndexRequested],
  target: 'The draft to index.',
  async run(tx, asset) {
    if (asset.status === 'INDEXED') return;
    asset.checkMove('INDEXED');
    await requestIndexing(tx, [asset]);
  },
});

export const assetReopen = mutationOf(assets, 'assetReopen', {
  access: 'assets.asset.reopen',
  description: 'Makes an indexed or archived asset a draft again, or cancels the indexing of a draft. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is published, on sale or sold',
  tells: [assetReopened],
  target: 'The asset that becomes or stays a draft.',
  async run(tx, asset) {
    const { id: assetId, ownerId, status: previousStatus } = asset;
    if (previousStatus === 'DRAFT') {
      if (!(await withdrawIndexing(tx, assetId))) return;
    } else asset.move('DRAFT', tx.now());
    tx.emit(assetReopened, assetId, { assetId, ownerId, previousStatus });
  },
});
