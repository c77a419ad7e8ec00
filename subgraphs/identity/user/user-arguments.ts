import { MinLength } from 'class-validator';
import { arg } from '../../../platform/declare/input.ts';
import { Verbatim } from '../../../platform/input/normal.ts';

/** Characters of a password at most: hashing more would cost more. */
const passwordAtMost = 200;

/** A new password, 12 to 200 characters. */
export const newPassword = (description: string) =>
  arg
    .text(description, { max: passwordAtMost })
    .check(MinLength(12, { message: 'A password has at least 12 characters.' }), Verbatim());

/** The password that somebody has, whatever its length was when it was set. */
export const presentPassword = (description: string) =>
  arg.text(description, { max: passwordAtMost }).check(Verbatim());

export const linkToken = (description: string) => arg.text(description, { max: 100 });

export const newUserName = arg.text('1 to 80 characters; others see it.', { min: 1, max: 80 });

export const newUserEmail = arg.email('At most 254 characters; unique, whatever its case or Unicode form.');
