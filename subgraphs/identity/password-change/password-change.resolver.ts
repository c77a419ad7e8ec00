import { Arg, Ctx, Field, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actorKeyRevoked, passwordChanged } from '../events.ts';
import { passwordProof } from '../user/password-proof.service.ts';
import { passwordHash } from '../user/password.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import { PasswordChangeInput } from './password-change.input.ts';
import { passwordChange, type PasswordChange } from './password-change.service.ts';

@ObjectType('PasswordChangePayload')
export class PasswordChangePayload {
  @Field(() => ViewerType, { description: 'Whose password it is.' })
  viewer!: Actor;

  @Field(() => Int, {
    description: 'Number of sessions that ended: all but the one that asks.',
  })
  revokedCount!: number;
}

@Resolver(() => ViewerType)
export class PasswordChangeResolver {
  @Writes('signedIn', { facts: [passwordChanged, actorKeyRevoked] })
  @Mutation(() => PasswordChangePayload, {
    description:
      'Changes the password of the viewer. All other sessions end, the keys of the viewer’s own agents are revoked, links that were sent before and a pending change of address are void, and a mail tells of it. Errors: FORBIDDEN for a wrong password, without a password or on behalf of somebody else, INVALID, TOO_MANY with `retryAfter` in seconds.',
  })
  async passwordChange(
    @Arg('input', () => PasswordChangeInput) input: PasswordChangeInput,
    @Ctx() context: Context,
  ): Promise<Run<PasswordChange>> {
    const proof = await passwordProof(context, input.currentPassword);
    const hash = proof.proven === null ? null : await passwordHash(context, input.password);
    return run((tx) => passwordChange(tx, proof, hash));
  }
}
