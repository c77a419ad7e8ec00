import { MaxLength, MinLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { IsEmailAddress } from '../../../platform/scalars/email.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';

@InputType('PasswordResetRequestInput')
export class PasswordResetRequestInput {
  @Field(() => String, { description: 'At most 254 characters.' })
  @IsEmailAddress()
  email!: string;
}

@InputType('PasswordResetInput')
export class PasswordResetInput {
  @Field(() => String, { description: 'The text behind `#token=` in the link.' })
  @MaxLength(100)
  token!: string;

  @Field(() => String, { description: '12 to 200 characters.' })
  @MinLength(12, { message: 'A password has at least 12 characters.' })
  @MaxLength(200)
  @Verbatim()
  password!: string;
}
