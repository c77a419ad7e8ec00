import { defineEntity, p } from '@mikro-orm/core';
import { valueType } from '../../../platform/declare/value-type.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/**
 * What keeps an account from being closed, because somebody else relies on it. A system that has more of it adds a kind here, its
 * facts to `reactions.ts`, and what it does itself on `identity.user.closed`.
 */
export const businessKinds = ['SELLS_LOT', 'LEADS_LOT', 'IS_OWED_FOR_LOT', 'OWES_FOR_LOT', 'OFFERS_ASSET'] as const;
export type BusinessKind = (typeof businessKinds)[number];

export const OpenBusinessSchema = defineEntity({
  name: 'OpenBusiness',
  tableName: 'open_business',
  properties: {
    ...standardColumns,
    /** Of whom something is awaited: a person, an organization, an agent or a service. */
    actorId: p.text().name('actor_id'),
    kind: p.enum(businessKinds),
    /** The lot or transfer that it is about; it is of one actor in each kind. */
    subjectId: p.text().name('subject_id'),
  },
});

/** Somebody else relies on an actor until this has ended. Kept by the facts of other systems. */
export class OpenBusiness extends OpenBusinessSchema.class {}
OpenBusinessSchema.setClass(OpenBusiness);

export const CloseBlockerType = valueType(
  'CloseBlocker',
  'Something that has to end before an account can be closed.',
  (f) => ({
    code: f.text(
      'For programs: `sells_lot`, `leads_lot`, `is_owed_for_lot`, `owes_for_lot`, `offers_asset`, or `last_owner` of an organization.',
    ),
    subjectId: f.id('The lot, transfer or organization that it is about.'),
    message: f.text('What it is, and how to end it.'),
  }),
);
/** What keeps an actor from being closed. */
export type CloseBlocker = (typeof CloseBlockerType)['value'];
