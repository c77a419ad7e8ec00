import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** Whoever sells or bids; identity knows them. */
@ObjectType('Actor')
@Directive('@interfaceObject')
@Directive('@key(fields: "id")')
export class ActorStub {
  @Field(() => ID)
  id!: string;
}

export function actorStub(id: string | null | undefined): ActorStub | null {
  return id ? { id } : null;
}
