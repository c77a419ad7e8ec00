/** Longest tag, in characters. */
export const tagAtMost = 60;

/** A tag as it is kept: composed (NFC), in lower case, with single spaces. */
export function normalTag(tag: string): string {
  return tag.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Tags as they are kept: each once, in the order given, none of them empty. */
export function normalTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map(normalTag))].filter((tag) => tag !== '');
}
