import { Field, InterfaceType, Int } from 'type-graphql';
import { valueType } from '../../../platform/declare/value-type.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { AssetKind } from '../asset/asset.entity.ts';
import { caip19Parts } from './schemas/token.ts';
import { StructureType } from './structure-types.ts';
import { newest } from './structures.ts';

export type StructureValue = Record<string, unknown> & {
  structureType: StructureType;
  structureVersion: number;
  json: Record<string, unknown>;
};

const typeNames: Record<StructureType, string> = {
  MUSIC_ALBUM: 'MusicAlbum',
  MUSIC_TRACK: 'MusicTrack',
  MUSIC_STEM: 'MusicStem',
  ARTWORK: 'Artwork',
  COLLECTIBLE: 'CollectibleItem',
  TOKEN: 'TokenReference',
  DOCUMENT: 'DocumentRecord',
  OTHER: 'OtherStructure',
};

/** A stored structure as clients see it: its fields, absent lists as empty ones, and the parts of a token id. */
export function structureValue(
  structureType: StructureType,
  structureVersion: number,
  json: Record<string, unknown>,
): StructureValue {
  const properties = (newest(structureType).schema['properties'] ?? {}) as Record<string, { type?: unknown }>;
  const lists = Object.entries(properties).filter(([, { type }]) => type === 'array');
  const parts = structureType === 'TOKEN' ? caip19Parts(String(json['caip19'])) : {};
  const empty = Object.fromEntries(lists.map(([name]) => [name, []]));
  return { ...empty, ...json, ...parts, structureType, structureVersion, json };
}

@InterfaceType('AssetStructure', {
  description: 'Details specific to the asset’s type. `assetStructures` returns the JSON Schema of each type.',
  resolveType: ({ structureType }: StructureValue) => typeNames[structureType],
})
export abstract class AssetStructureType {
  @Field(() => StructureType.enum, { description: 'The type of the structure.' })
  structureType!: StructureType;

  @Field(() => Int, { description: 'The version of the schema against which it was validated.' })
  structureVersion!: number;

  @Field(() => JsonValue, { description: 'The whole structure, in the form that `structure` of an input takes.' })
  json!: Record<string, unknown>;
}

export const kind = { implements: AssetStructureType };

export const AssetStructureSchema = valueType(
  'AssetStructureSchema',
  'One version of the schema of a structure, for validation and form builders.',
  (f) => ({
    structureType: f.enum(StructureType, 'The type of the structure.'),
    structureVersion: f.int('The version of the schema, from 1.'),
    title: f.text('The displayed name of the structure.'),
    assetKind: f.enum(AssetKind, 'The kind of asset that can have it.'),
    newest: f.boolean('Whether new values are validated against this version.'),
    schema: f.json('JSON Schema, draft 2020-12.'),
  }),
);
