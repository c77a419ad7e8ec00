import { MaxLength, MinLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';

@InputType('PasswordChangeInput')
export class PasswordChangeInput {
  @Field(() => String, {
    description: 'The present password, at most 200 characters.',
  })
  @MaxLength(200)
  @Verbatim()
  currentPassword!: string;

  @Field(() => String, {
    description: 'The new password, 12 to 200 characters.',
  })
  @MinLength(12, { message: 'A password has at least 12 characters.' })
  @MaxLength(200)
  @Verbatim()
  password!: string;
}
