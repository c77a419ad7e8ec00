import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';

/** The structures that assets can have; their schemas are in `schemas/`. */
export const StructureType = enumeration(
  'AssetStructureType',
  'The type of a structure, which determines its fields.',
  {
    MUSIC_ALBUM: 'A music release.',
    MUSIC_TRACK: 'A recording.',
    MUSIC_STEM: 'One part of a multitrack recording.',
    ARTWORK: 'A work of art.',
    COLLECTIBLE: 'A collectible item.',
    TOKEN: 'A token on a blockchain.',
    DOCUMENT: 'A document.',
    OTHER: 'Free fields.',
  },
);
export type StructureType = ValueOf<typeof StructureType>;
