/*
 * The least bytes of an answer, as `weigh` counts them. Entities are fetched once however often they appear, so an answer can be far
 * larger than what it is made of; it is given up before it is built.
 */

/** The bytes of an object: its braces, and one field with a name and a value. */
export const leastOfObject = 9;
/** The bytes of each field's name, and of an item of a list. */
export const leastOfField = 5;
export const leastOfItem = 3;

/** The client's answer would be larger than it may be. */
export class TooLarge extends Error {
  override name = 'TooLarge';
}
