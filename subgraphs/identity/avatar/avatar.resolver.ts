import { FieldResolver, Resolver, Root } from 'type-graphql';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import { MediaStub } from '../foreign/media.ts';

@Resolver(() => ActorType)
export class AvatarResolver {
  @FieldResolver(() => MediaStub, {
    nullable: true,
    description:
      'A picture that was uploaded for it: `avatarMedia { image(width: 64, height: 64) { url } }`. Seen by those who see the asset it belongs to; null where there is none, and when it was taken off.',
  })
  avatarMedia(@Root() actor: Actor): MediaStub | null {
    return actor.avatarMediaId ? { id: actor.avatarMediaId } : null;
  }
}
