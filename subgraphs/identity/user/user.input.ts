import { IsEmail, Length, MaxLength, MinLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { NotBlank } from '../../../platform/scalars/text.ts';

@InputType('UserSignUpInput')
export class UserSignUpInput {
  @Field(() => String, { description: 'At most 254 characters; unique, whatever its case.' })
  @IsEmail({}, { message: 'This is not an e-mail address.' })
  @MaxLength(254)
  email!: string;

  @Field(() => String, { description: '12 to 200 characters.' })
  @MinLength(12, { message: 'A password has at least 12 characters.' })
  @MaxLength(200)
  password!: string;

  @Field(() => String, { description: '1 to 80 characters; others see it.' })
  @Length(1, 80)
  @NotBlank()
  displayName!: string;
}
