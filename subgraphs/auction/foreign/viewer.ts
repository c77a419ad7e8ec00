import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** Whoever asks; identity knows them. */
@ObjectType('Viewer')
@Directive('@key(fields: "id")')
export class ViewerStub {
  @Field(() => ID)
  id!: string;
}
