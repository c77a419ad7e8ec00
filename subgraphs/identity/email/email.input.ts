import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { IsEmailAddress } from '../../../platform/scalars/email.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';

@InputType('EmailConfirmInput')
export class EmailConfirmInput {
  @Field(() => String, {
    description: 'The text behind `#token=` in the link.',
  })
  @MaxLength(100)
  token!: string;
}

@InputType('EmailChangeStopInput')
export class EmailChangeStopInput {
  @Field(() => String, {
    description: 'The text behind `#token=` in the link that went to the present address.',
  })
  @MaxLength(100)
  token!: string;
}

@InputType('EmailChangeInput')
export class EmailChangeInput {
  @Field(() => String, {
    description: 'The new address; at most 254 characters.',
  })
  @IsEmailAddress()
  email!: string;

  @Field(() => String, { description: 'The present password, at most 200 characters.' })
  @MaxLength(200)
  @Verbatim()
  password!: string;
}
