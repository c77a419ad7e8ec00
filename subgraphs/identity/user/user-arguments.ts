import { MinLength } from 'class-validator';
import { arg } from '../../../platform/declare/input.ts';
import { Verbatim } from '../../../platform/input/normal.ts';

/** Maximum length of a password in characters, because hashing costs grow with it. */
const passwordAtMost = 200;

/** A new password, 12 to 200 characters. */
export const newPassword = (description: string) =>
  arg
    .text(description, { max: passwordAtMost })
    .check(MinLength(12, { message: 'password: must have at least 12 characters.' }), Verbatim());

/** The present password, which may be from before the minimum length. */
export const presentPassword = (description: string) =>
  arg.text(description, { max: passwordAtMost }).check(Verbatim());

export const linkToken = arg.text('Token of the link in the mail: the text after `#token=`; at most 100 characters.', {
  max: 100,
});

export const newUserName = arg.text('Name shown to others; 1 to 80 characters.', { min: 1, max: 80 });

export const newUserEmail = arg.email(
  'E-mail address of the account; at most 254 characters. Unique; case and Unicode form are ignored.',
);
