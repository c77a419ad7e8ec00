import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** Refused sign-ins in a row after which the account waits. */
export const failuresAtMost = 10;
/** How long it then waits, in seconds. */
export const waitSeconds = 15 * 60;

export const CredentialSchema = defineEntity({
  name: 'Credential',
  tableName: 'credentials',
  properties: {
    /** The id of the user. */
    ...standardColumns,
    /** Argon2id with its salt and parameters. */
    passwordHash: p.text().name('password_hash').lazy(),
    failures: p.integer().default(0),
    failedAt: p.datetime(3).name('failed_at').nullable(),
  },
});

/** A user's password, and the sign-ins that were refused since it was last right. */
export class Credential extends CredentialSchema.class {
  /** Seconds to wait before the next attempt; 0 when it may be tried. */
  waitsFor(now: Date): number {
    if (this.failures < failuresAtMost || !this.failedAt) return 0;
    return Math.max(0, Math.ceil((this.failedAt.getTime() + waitSeconds * 1000 - now.getTime()) / 1000));
  }

  failed(now: Date): void {
    // After the wait the count begins anew, or a single slip would lock the account again.
    this.failures = this.failures >= failuresAtMost ? 1 : this.failures + 1;
    this.failedAt = now;
    this.updatedAt = now;
  }

  succeeded(now: Date): void {
    this.failures = 0;
    this.failedAt = null;
    this.updatedAt = now;
  }
}
CredentialSchema.setClass(Credential);
