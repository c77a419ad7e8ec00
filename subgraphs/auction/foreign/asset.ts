import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** What is sold; the assets OS knows it. */
@ObjectType('Asset')
@Directive('@key(fields: "id")')
export class AssetStub {
  @Field(() => ID)
  id!: string;
}
