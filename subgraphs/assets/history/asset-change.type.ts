import { Directive, Field, ID, ObjectType } from 'type-graphql';
import type { Fact } from '../../../platform/facts/fact.ts';
import { connectionClass } from '../../../platform/nouns/connection.ts';
import { DateTime, JsonValue } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';

/** Changes of one fact: an asset has fewer fields. */
export const changesAtMost = 50;

@ObjectType('AssetFieldChange', { description: 'The old and the new value of one field.' })
export class AssetFieldChange {
  @Field(() => String, { description: 'Such as "title", "status" or "owner".' })
  field!: string;

  @Field(() => JsonValue, { nullable: true, description: 'The value before the change; null if there was none.' })
  from!: unknown;

  @Field(() => JsonValue, { nullable: true, description: 'The value after the change; null if there is none.' })
  to!: unknown;
}

@ObjectType('AssetChange', { description: 'One thing that happened to an asset, who did it, and what changed.' })
export class AssetChangeType {
  @Field(() => ID, { description: 'The id of the fact.' })
  id!: string;

  @Field(() => String, { description: 'What happened: "assets.asset.updated". The catalog lists all facts.' })
  factType!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => ActorStub, { nullable: true, description: 'Who did it.' })
  actor!: ActorStub | null;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'The actor on whose behalf the actor acted; null if the actor acted directly.',
  })
  onBehalfOf!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'For which organization.' })
  actingFor!: ActorStub | null;

  @Directive(`@listSize(assumedSize: ${changesAtMost})`)
  @Field(() => [AssetFieldChange], {
    description: `By field, in the order of the alphabet; empty where the fact alone says it. At most ${changesAtMost}.`,
  })
  changes!: AssetFieldChange[];
}

export const AssetChangeConnection = connectionClass<Fact>('AssetChange', () => AssetChangeType);
