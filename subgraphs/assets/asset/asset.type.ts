import { Field, ID, ObjectType } from 'type-graphql';

/** The GraphQL type of an asset, for resolvers that are written by hand; its fields are in `asset.noun.ts`. */
@ObjectType('Asset', { description: 'A work, recording, collectible, token or document that somebody owns.' })
export class AssetType {
  @Field(() => ID)
  id!: string;
}
