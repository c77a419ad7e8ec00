import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** A picture; the assets OS knows it, and who may see it. */
@ObjectType('Media')
@Directive('@key(fields: "id")')
export class MediaStub {
  @Field(() => ID, { description: 'Id: `med_…`.' })
  id!: string;
}
