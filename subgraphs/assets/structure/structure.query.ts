import { extend } from '../../../platform/declare/extension.ts';
import { arg } from '../../../platform/declare/input.ts';
import { query } from '../../../platform/declare/query.ts';
import { assets } from '../asset/asset.noun.ts';
import { StructureType } from './structure-types.ts';
import { AssetStructureSchema, AssetStructureType, structureValue, type StructureValue } from './structure.type.ts';
import { newest, structures } from './structures.ts';

/** Schemas per answer, with older versions: eight types with a dozen versions each. */
const schemasAtMost = 100;

export const assetStructures = query('assetStructures', {
  access: 'public',
  description:
    'The types of structure that assets can have, with the JSON Schema (draft 2020-12) against which `structure` of an input is validated. At most 100.',
  errors: 'INVALID',
  args: {
    types: arg.enums(StructureType, 'Only these types; all of them if absent.').optional(),
    older: arg.boolean('Whether to return older versions as well.').default(false),
  },
  answers: (f) => f.list(AssetStructureSchema, '', { atMost: schemasAtMost }),
  run: (_context, { types, older }) =>
    structures
      .map((each) => ({ ...each, newest: each === newest(each.structureType) }))
      .filter((each) => (older || each.newest) && (!types || types.includes(each.structureType)))
      .slice(0, schemasAtMost),
});

export const structureOfAsset = extend(assets, (f) => ({
  structure: f
    .object<StructureValue>(
      () => AssetStructureType,
      'Details specific to the asset’s type; null if none are recorded.',
    )
    .nullable()
    .from(({ structureType, structureVersion, structure }) =>
      structureType && structureVersion && structure
        ? structureValue(structureType, structureVersion, structure)
        : null,
    ),
}));
