import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { recordOf } from '../asset/asset-record.ts';
import { assets } from '../asset/asset.query.ts';
import { difference } from '../../../platform/change/difference.ts';
import { assetFieldRestored } from '../events.ts';
import { newest } from '../structure/structures.ts';
import { rememberTags } from '../tag/tag.service.ts';
import type { ImportedField } from './imported-fields.ts';

/** Gives fields back to the import: they are what it said last, and it writes them again. */
export async function assetFieldRestore(
  tx: Transaction,
  input: { assetId: string; fields: ImportedField[]; ifVersion?: number | null },
): Promise<Asset> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.assetField.restore', asset.ownerId);
  if (input.ifVersion && input.ifVersion !== asset.version)
    throw new Conflict(
      `ifVersion: the asset is at version ${asset.version} by now. Read it again, and repeat the change.`,
      { path: ['input', 'ifVersion'] },
    );
  // What an import said before the asset came to its owner stays with the owner before.
  if (asset.importedFor !== asset.ownerId)
    throw new Conflict('No import of its owner writes this asset.', { path: ['input', 'assetId'] });
  const before = recordOf(asset);
  const handEdits = { ...asset.handEdits };
  const fields = [...new Set(input.fields)].filter((field) => handEdits[field]);
  if (fields.length === 0) return asset;
  for (const field of fields) {
    Object.assign(asset, handEdits[field]?.imported);
    delete handEdits[field];
  }
  const { structureType, kind } = asset;
  if (structureType && newest(structureType).assetKind !== kind)
    throw new Conflict(
      `Its structure is that of ${newest(structureType).assetKind}: restore KIND and STRUCTURE together.`,
      {
        path: ['input', 'fields'],
      },
    );
  const changed = difference(before, recordOf(asset));
  if (changed['tags']) await rememberTags(tx, asset.tags);
  Object.assign(asset, { handEdits, updatedAt: tx.now() });
  tx.emit(assetFieldRestored, asset.id, { assetId: asset.id, ownerId: asset.ownerId, fields, changed });
  return asset;
}
