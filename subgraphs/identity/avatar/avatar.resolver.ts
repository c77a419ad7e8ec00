import { FieldResolver, Resolver, Root } from 'type-graphql';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import { MediaStub } from '../foreign/media.ts';

@Resolver(() => ActorType)
export class AvatarResolver {
  @FieldResolver(() => MediaStub, {
    nullable: true,
    description:
      'The uploaded picture that represents the actor: `avatarMedia { image(width: 64, height: 64) { url } }`. Visible to everybody who sees the asset it belongs to; null if there is none or it was removed.',
  })
  avatarMedia(@Root() actor: Actor): MediaStub | null {
    return actor.avatarMediaId ? { id: actor.avatarMediaId } : null;
  }
}
