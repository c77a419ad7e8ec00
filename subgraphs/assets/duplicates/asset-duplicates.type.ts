import { Directive, Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';

/** Works of a cluster that are shown. */
export const clusterShows = 20;

export const AssetDuplicateReasonEnum = {
  CONTENT: 'CONTENT',
  SOURCE_LINE: 'SOURCE_LINE',
  FINGERPRINT: 'FINGERPRINT',
  SIMILAR: 'SIMILAR',
} as const;
export type AssetDuplicateReason = keyof typeof AssetDuplicateReasonEnum;
registerEnumType(AssetDuplicateReasonEnum, {
  name: 'AssetDuplicateReason',
  description: 'Why two assets are taken for the same work.',
  valuesConfig: {
    CONTENT: { description: 'They share a file with identical content (equal SHA-256).' },
    SOURCE_LINE: { description: 'They came from lines of an import that are alike to the byte.' },
    FINGERPRINT: {
      description:
        'Title and known creator are the same but for case, accents, punctuation and order of words, and so is the year.',
    },
    SIMILAR: { description: 'Title, creator, time and materials are alike.' },
  },
});

export const AssetClusterReasonEnum = {
  CONTENT: 'CONTENT',
  FINGERPRINT: 'FINGERPRINT',
  SOURCE_LINE: 'SOURCE_LINE',
} as const;
registerEnumType(AssetClusterReasonEnum, {
  name: 'AssetClusterReason',
  valuesConfig: {
    CONTENT: { description: 'A file with the same content, by SHA-256.' },
    FINGERPRINT: { description: 'The same title, creator and year, apart from spelling.' },
    SOURCE_LINE: { description: 'The same line of an import, byte for byte.' },
  },
  description: 'What the assets of a cluster have in common; as in AssetDuplicateReason.',
});

@ObjectType('AssetDuplicate', { description: 'An asset that is likely to be another copy or record of the same work.' })
export class AssetDuplicateType {
  @Field(() => AssetType)
  asset!: Asset;

  @Field(() => Float, {
    description:
      '0 to 1; 1 for equal files and equal source lines. Trigram similarity of the titles’ fingerprints (a third where a number differs) × (0.4 + 0.3 × creator + 0.2 × time + 0.1 × materials), less where many works have the same title.',
  })
  similarity!: number;

  @Field(() => AssetDuplicateReasonEnum, { description: 'Why the asset is a likely duplicate.' })
  reason!: AssetDuplicateReason;
}

@ObjectType('AssetDuplicateCluster', { description: 'Assets with the same key: likely copies or records of one work.' })
export class AssetDuplicateClusterType {
  @Field(() => String, { description: 'What they have in common, for people to read.' })
  key!: string;

  @Field(() => AssetDuplicateReasonEnum, { description: 'Why the assets are likely duplicates.' })
  reason!: AssetDuplicateReason;

  @Field(() => Int, { description: 'How many assets there are; at least two.' })
  count!: number;

  @Directive(`@listSize(assumedSize: ${clusterShows})`)
  @Field(() => [AssetType], { description: `The oldest of them, at most ${clusterShows}.` })
  assets!: Asset[];
}
