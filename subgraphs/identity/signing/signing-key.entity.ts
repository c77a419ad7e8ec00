import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import type { JWK } from 'jose';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    ...standardColumns,
    publicKey: p.json<JWK>().name('public_key'),
    /** The private JWK, sealed with the process's sealing key. */
    sealedPrivateKey: p.text().name('sealed_private_key').lazy(),
  },
});

/** A key that signs access tokens; its id is the `kid`. */
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey);
classify(SigningKeySchema, { secret: ['sealedPrivateKey'] });
