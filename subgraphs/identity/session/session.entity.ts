import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    ...standardColumns,
    actorId: p.text().name('actor_id'),
    /** The operator who acts on behalf of the actor in this session. */
    delegateId: p.text().name('delegate_id').nullable(),
    ip: p.text().nullable(),
    userAgent: p.text().name('user_agent').nullable(),
    usedAt: p.datetime(3).name('used_at'),
    expiresAt: p.datetime(3).name('expires_at'),
    revokedAt: p.datetime(3).name('revoked_at').nullable(),
  },
});

/** From sign-in to sign-out: one family of refresh tokens. */
export class Session extends SessionSchema.class {
  isLive(now: Date): boolean {
    return this.revokedAt === null && this.expiresAt > now;
  }

  revoke(now: Date): void {
    this.revokedAt = now;
    this.updatedAt = now;
  }
}
SessionSchema.setClass(Session);
classify(SessionSchema, { personal: ['ip', 'userAgent'] });

export const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_tokens',
  properties: {
    ...standardColumns,
    sessionId: p.text().name('session_id'),
    /** `tokenHash` of the token. */
    hash: p.text(),
    usedAt: p.datetime(3).name('used_at').nullable(),
    /** The next token, sealed with this one, so that only a holder of this one can read it. */
    sealedSuccessor: p.text().name('sealed_successor').nullable(),
    expiresAt: p.datetime(3).name('expires_at'),
  },
});

/** One link in a session's chain of tokens: can be used once. */
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken);
classify(RefreshTokenSchema, { secret: ['hash', 'sealedSuccessor'] });
