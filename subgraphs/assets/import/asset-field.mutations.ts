import { ArrayMinSize } from 'class-validator';
import { difference } from '../../../platform/change/difference.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { assets } from '../asset/asset.noun.ts';
import { recordOf } from '../asset/asset-record.ts';
import { assetFieldRestored } from '../events.ts';
import { newest } from '../structure/structures.ts';
import { rememberTags } from '../tag/tag.service.ts';
import { AssetField } from './asset-hand-edit.ts';

export const assetFieldRestore = mutationOf(assets, 'assetFieldRestore', {
  access: 'assets.assetField.restore',
  description:
    'Reverts fields that were edited by hand to the values of the last import; later imports update them again. Idempotent.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if `ifVersion` is outdated, if the asset was not imported by its present owner, or if its kind would not match its structure',
  tells: [assetFieldRestored],
  target: 'The asset whose fields are restored.',
  ifVersion: true,
  input: {
    fields: arg
      .enums(AssetField, 'The fields to restore; those that were not edited by hand stay unchanged.')
      .check(ArrayMinSize(1)),
  },
  answers: [assets, 'The asset after the change.'],
  async run(tx, asset, given) {
    // Values of an import under a previous owner are private to that owner.
    if (asset.importedFor !== asset.ownerId)
      throw new Conflict('This asset was not imported by its present owner.', { path: ['input', 'assetId'] });
    const before = recordOf(asset);
    const handEdits = { ...asset.handEdits };
    const fields = [...new Set(given.fields)].filter((field) => handEdits[field]);
    if (fields.length === 0) return;
    for (const field of fields) {
      Object.assign(asset, handEdits[field]?.imported);
      delete handEdits[field];
    }
    const { structureType, kind } = asset;
    const { assetKind } = structureType ? newest(structureType) : { assetKind: kind };
    if (assetKind !== kind)
      throw new Conflict(`Its structure is for ${assetKind}. Restore KIND and STRUCTURE together.`, {
        path: ['input', 'fields'],
      });
    const changed = difference(before, recordOf(asset));
    if (changed['tags']) await rememberTags(tx, asset.tags);
    Object.assign(asset, { handEdits, updatedAt: tx.now() });
    tx.emit(assetFieldRestored, asset.id, { assetId: asset.id, ownerId: asset.ownerId, fields, changed });
  },
});
