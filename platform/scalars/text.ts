import { Matches, type ValidationOptions } from 'class-validator';

/** A visible character: a letter, digit, punctuation or symbol that is neither invisible nor the empty Braille cell. */
const visible = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

/** Whether a text has no visible character: only white space, zero-width characters and the like. */
export function isBlank(text: string): boolean {
  return !visible.test(text);
}

/** Refuses a text without a visible character; with `each` in a list. */
export function NotBlank(options: Pick<ValidationOptions, 'each'> = {}): PropertyDecorator {
  return Matches(visible, { ...options, message: '$property must not be blank' });
}

/**
 * The form in which every text is stored and searched: Unicode NFC, so that é is one code point however it was typed, and texts
 * that look the same are equal. Inputs are normalized before a resolver sees them (`platform/input/normal.ts`).
 */
export function normalText(text: string): string {
  return text.normalize('NFC');
}

/** Whether Postgres refuses this text: it contains U+0000 or half a surrogate pair. */
export function unstorable(text: string): boolean {
  return /[\0\p{Surrogate}]/u.test(text);
}

/** The first characters of a text, in UTF-16 code units, never splitting a surrogate pair. */
export function beginningOf(text: string, atMost: number): string {
  return text.length <= atMost ? text : text.slice(0, atMost).replace(/[\uD800-\uDBFF]$/, '');
}
