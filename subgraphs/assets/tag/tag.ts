/** Maximum length of a tag in characters. */
export const tagAtMost = 60;

/** A tag in its stored form: NFC, in lower case, with single spaces. */
export function normalTag(tag: string): string {
  return tag.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Tags in their stored form, in the given order, without duplicates and empty ones. */
export function normalTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map(normalTag))].filter((tag) => tag !== '');
}
