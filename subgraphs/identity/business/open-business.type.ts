import { Field, ID, ObjectType } from 'type-graphql';
import type { CloseBlocker } from './open-business.entity.ts';

@ObjectType('CloseBlocker', { description: 'Something that has to end before an account can be closed.' })
export class CloseBlockerType implements CloseBlocker {
  @Field(() => String, {
    description:
      'For programs: `sells_lot`, `leads_lot`, `is_owed_for_lot`, `owes_for_lot`, `offers_asset`, or `last_owner` of an organization.',
  })
  code!: string;

  @Field(() => ID, { description: 'The lot, transfer or organization that it is about.' })
  subjectId!: string;

  @Field(() => String, { description: 'What it is, and how to end it.' })
  message!: string;
}
