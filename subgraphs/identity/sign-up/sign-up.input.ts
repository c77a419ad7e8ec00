import { Length, MaxLength, MinLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { IsEmailAddress } from '../../../platform/scalars/email.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';

@InputType('UserSignUpInput')
export class UserSignUpInput {
  @Field(() => String, {
    description: 'At most 254 characters; unique, whatever its case or Unicode form.',
  })
  @IsEmailAddress()
  email!: string;
}

@InputType('UserSignUpCompleteInput')
export class UserSignUpCompleteInput {
  @Field(() => String, {
    description: 'The text behind `#token=` in the link of the mail: that of `userSignUp`, or of an invitation.',
  })
  @MaxLength(100)
  token!: string;

  @Field(() => String, { description: '12 to 200 characters.' })
  @MinLength(12, { message: 'A password has at least 12 characters.' })
  @MaxLength(200)
  @Verbatim()
  password!: string;

  @Field(() => String, { description: '1 to 80 characters; others see it.' })
  @Length(1, 80)
  @NotBlank()
  displayName!: string;
}
