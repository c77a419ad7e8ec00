import { IsEmail, MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';

@InputType('EmailConfirmInput')
export class EmailConfirmInput {
  @Field(() => String, { description: 'What stands behind `#token=` in the link.' })
  @MaxLength(100)
  token!: string;
}

@InputType('EmailChangeInput')
export class EmailChangeInput {
  @Field(() => String, { description: 'The new address; at most 254 characters.' })
  @IsEmail({}, { message: 'This is not an e-mail address.' })
  @MaxLength(254)
  email!: string;

  @Field(() => String, { description: 'The present password, at most 200 characters.' })
  @MaxLength(200)
  password!: string;
}
