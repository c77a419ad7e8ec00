import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Parts per asset: a box set has fewer tracks. */
export const partsAtMost = 500;
/** Levels of parts: box set, album, track, stem. */
export const levelsAtMost = 4;
/** Assets shown in `partOf`: a song is on a few albums. */
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

/** An asset as a part of another: a track of an album, a stem of a track. */
export class AssetPart extends AssetPartSchema.class {}
AssetPartSchema.setClass(AssetPart);
