import { Matches, type ValidationOptions } from 'class-validator';

/** Refuses a text of nothing but white space, which nobody could see where it is shown; with `each` in a list. */
export function NotBlank(options: Pick<ValidationOptions, 'each'> = {}): PropertyDecorator {
  return Matches(/\S/, { ...options, message: '$property must not be blank' });
}

/** Whether Postgres refuses this text: it holds U+0000 or half of a surrogate pair. */
export function unstorable(text: string): boolean {
  return /[\0\p{Surrogate}]/u.test(text);
}

/** The first characters of a text, as UTF-16 code units, and never half of a character. */
export function beginningOf(text: string, atMost: number): string {
  return text.length <= atMost ? text : text.slice(0, atMost).replace(/[\uD800-\uDBFF]$/, '');
}
