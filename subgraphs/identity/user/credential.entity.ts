import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const CredentialSchema = defineEntity({
  name: 'Credential',
  tableName: 'credentials',
  properties: {
    /** The id of the user. */
    ...standardColumns,
    /** Argon2id with its salt and parameters. */
    passwordHash: p.text().name('password_hash').lazy(),
  },
});

/** A user's password. Refused sign-ins are counted separately, in `throttle`. */
export class Credential extends CredentialSchema.class {}
CredentialSchema.setClass(Credential);
classify(CredentialSchema, { secret: ['passwordHash'] });
