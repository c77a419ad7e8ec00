import { beginningOf, isBlank, normalText } from '../../../platform/scalars/text.ts';

/** A text of others as an asset can hold it: normal, storable, and cut. Null where it is no text, or nobody could see it. */
export function tidy(text: unknown, atMost: number): string | null {
  if (typeof text !== 'string') return null;
  // Longer than any limit by far: a megabyte is not looked at to keep 500 characters of it.
  const begun = text.slice(0, 4 * atMost);
  const kept = beginningOf(normalText(begun.replace(/[\0\p{Surrogate}]/gu, '')).trim(), atMost);
  return isBlank(kept) ? null : kept;
}
