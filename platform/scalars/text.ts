import { Matches, type ValidationOptions } from 'class-validator';

/** A character that leaves a mark: a letter, digit, punctuation or symbol that is neither invisible nor the empty Braille cell. */
const visible = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

/** Whether nobody could see this text where it is shown: white space, zero-width characters and the like alone. */
export function isBlank(text: string): boolean {
  return !visible.test(text);
}

/** Refuses a text that nobody could see where it is shown; with `each` in a list. */
export function NotBlank(options: Pick<ValidationOptions, 'each'> = {}): PropertyDecorator {
  return Matches(visible, { ...options, message: '$property must not be blank' });
}

/**
 * The form in which every text is stored and searched for: Unicode NFC, so that an é is one code point however it was typed, and
 * two texts that look alike by this are alike. Inputs have it before a resolver sees them (`platform/input/normal.ts`).
 */
export function normalText(text: string): string {
  return text.normalize('NFC');
}

/** Whether Postgres refuses this text: it holds U+0000 or half of a surrogate pair. */
export function unstorable(text: string): boolean {
  return /[\0\p{Surrogate}]/u.test(text);
}

/** The first characters of a text, as UTF-16 code units, and never half of a character. */
export function beginningOf(text: string, atMost: number): string {
  return text.length <= atMost ? text : text.slice(0, atMost).replace(/[\uD800-\uDBFF]$/, '');
}
