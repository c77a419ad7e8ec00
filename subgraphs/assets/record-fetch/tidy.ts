import { beginningOf, isBlank, normalText } from '../../../platform/scalars/text.ts';

/** A foreign text in a form that an asset can store: normalized, storable and truncated. Null if it is not a text, or invisible. */
export function tidy(text: unknown, atMost: number): string | null {
  if (typeof text !== 'string') return null;
  // Far longer than the limit, so that a megabyte is not processed for 500 characters.
  const begun = text.slice(0, 4 * atMost);
  const kept = beginningOf(normalText(begun.replace(/[\0\p{Surrogate}]/gu, '')).trim(), atMost);
  return isBlank(kept) ? null : kept;
}
