import { defineEntity, p } from '@mikro-orm/core';
import { valueType } from '../../../platform/declare/value-type.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/**
 * Obligations that keep an account from being closed, because others rely on it. A system with further ones adds a kind here, its facts
 * to `reactions.ts`, and its own reaction to `identity.user.closed`.
 */
export const businessKinds = ['SELLS_LOT', 'LEADS_LOT', 'IS_OWED_FOR_LOT', 'OWES_FOR_LOT', 'OFFERS_ASSET'] as const;
export type BusinessKind = (typeof businessKinds)[number];

export const OpenBusinessSchema = defineEntity({
  name: 'OpenBusiness',
  tableName: 'open_business',
  properties: {
    ...standardColumns,
    /** The actor with the obligation: a person, an organization, an agent or a service. */
    actorId: p.text().name('actor_id'),
    kind: p.enum(businessKinds),
    /** The lot or transfer that it is about; unique within a kind. */
    subjectId: p.text().name('subject_id'),
  },
});

/** An obligation of an actor on which others rely until it has ended. Maintained from the facts of other systems. */
export class OpenBusiness extends OpenBusinessSchema.class {}
OpenBusinessSchema.setClass(OpenBusiness);

export const CloseBlockerType = valueType(
  'CloseBlocker',
  'Something that must end before an account can be closed.',
  (f) => ({
    code: f.text(
      'Code for programs: `sells_lot`, `leads_lot`, `is_owed_for_lot` (a sale is not settled), `owes_for_lot` (a purchase is not paid), `offers_asset` (a transfer is pending) or `last_owner` (of an organization).',
    ),
    subjectId: f.id('Id of the lot, transfer or organization.'),
    message: f.text('What it is and how to end it, in English.'),
  }),
);
/** Something that keeps an actor from being closed. */
export type CloseBlocker = (typeof CloseBlockerType)['value'];
