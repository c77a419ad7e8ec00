import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Parts of one whole: a box set has fewer tracks. */
export const partsAtMost = 500;
/** Wholes above one another: box set, album, track, stem. */
export const levelsAtMost = 4;
/** Wholes of one part that are shown: a song is on a few albums. */
export const wholesAtMost = 100;

export const AssetPartSchema = defineEntity({
  name: 'AssetPart',
  tableName: 'asset_parts',
  properties: {
    ...standardColumns,
    wholeId: p.text().name('whole_id'),
    partId: p.text().name('part_id'),
    place: p.integer(),
  },
});

/** That an asset is part of another: a track of an album, a stem of a track. */
export class AssetPart extends AssetPartSchema.class {}
AssetPartSchema.setClass(AssetPart);
