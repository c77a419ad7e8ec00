import { MaxLength } from 'class-validator';
import {
  Arg,
  Args,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
import { sessionOthersRevoked, sessionRevoked } from '../events.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import { deviceOf, type Device } from './device.ts';
import { plainAddress, shownNetwork } from '../../../platform/context/network.ts';
import { sessionRevoke, sessionRevokeOthers, shownAtMost, type Revocation } from './revocation.service.ts';
import type { Session } from './session.entity.ts';
import { sessions } from './session.query.ts';
import { SessionType } from './session.type.ts';

@InputType('SessionRevokeInput', { description: 'Either one session, or all others.' })
export class SessionRevokeInput {
  @Field(() => ID, { nullable: true, description: 'The session to end.' })
  @MaxLength(40)
  sessionId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Ends every session in the viewer’s name but the one that asks, on all devices.',
  })
  others?: boolean | null;
}

@ObjectType('SessionRevokePayload')
export class SessionRevokePayload {
  @Field(() => Int, { description: 'Number of sessions that this call ended; 0 if they had ended before.' })
  revokedCount!: number;

  @Directive(`@listSize(assumedSize: ${shownAtMost})`)
  @Field(() => [SessionType], {
    description:
      'The named session, also if it had ended before; or the others that this call ended, the last used first, at most 100.',
  })
  sessions!: Session[];
}

@Resolver(() => SessionType)
export class SessionFieldsResolver {
  @Reads('signedIn')
  @Query(() => SessionType, {
    nullable: true,
    description:
      'A session by its id: one of the viewer’s own, or one in which the viewer acts for somebody; also one that ended in the last 30 days. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
  })
  session(
    @Arg('id', () => ID, { description: 'Id of the session: `ses_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Session | null> {
    return sessions.load(context, checkId(id, 'ses', ['id']));
  }

  @FieldResolver()
  actor(@Root() session: Session, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, session.actorId);
  }

  @FieldResolver()
  delegate(@Root() session: Session, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, session.delegateId);
  }

  @FieldResolver()
  device(@Root() session: Session): Device {
    return deviceOf(session.userAgent ?? null);
  }

  @FieldResolver()
  network(@Root() session: Session): string | null {
    return shownNetwork(session.ip ?? null);
  }

  @FieldResolver()
  async country(@Root() session: Session, @Ctx() context: Context): Promise<string | null> {
    const address = plainAddress(session.ip ?? null);
    return address === null ? null : context.countries.of(address);
  }

  @FieldResolver()
  isCurrent(@Root() session: Session, @Ctx() context: Context): boolean {
    return session.id === context.actor.sessionId;
  }
}

@Resolver(() => ViewerType)
export class ViewerSessionsResolver {
  @FieldResolver(() => sessions.Connection, {
    description:
      'Sessions of the viewer that have not ended, also those in which the viewer acts for others; the last used first.',
  })
  sessions(@Args(() => PageArgs) args: PageArgs, @Ctx() context: Context): Promise<Connection<Session>> {
    return sessions.list(context, args, { revokedAt: null, expiresAt: { $gt: context.now() } });
  }

  @Writes('signedIn', { facts: [sessionRevoked, sessionOthersRevoked] })
  @Mutation(() => SessionRevokePayload, {
    description:
      'Ends one session of the viewer, or all but the present one. Tokens and open streams of these sessions end at once. Idempotent. Errors: NOT_FOUND, FORBIDDEN for all others on behalf of somebody else, INVALID unless exactly one of `sessionId` and `others` is given.',
  })
  sessionRevoke(@Arg('input', () => SessionRevokeInput) input: SessionRevokeInput): Run<Revocation> {
    const { sessionId, others } = input;
    if (Boolean(sessionId) === Boolean(others))
      throw new Invalid('Say either which session, or all others.', { path: ['input'] });
    if (sessionId) checkId(sessionId, 'ses', ['input', 'sessionId']);
    return run((tx) => (sessionId ? sessionRevoke(tx, sessionId) : sessionRevokeOthers(tx)));
  }
}
