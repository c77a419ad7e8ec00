/** The structures that assets can have; what each holds stands in `schemas/`. */
export const structureTypes = [
  'MUSIC_ALBUM',
  'MUSIC_TRACK',
  'MUSIC_STEM',
  'ARTWORK',
  'COLLECTIBLE',
  'TOKEN',
  'DOCUMENT',
  'OTHER',
] as const;
export type StructureType = (typeof structureTypes)[number];
