import { termsOf } from './words.ts';

/** Positions in one tsvector: Postgres' maximum. https://www.postgresql.org/docs/15/textsearch-limitations.html */
const positionsAtMost = 16_383;
/** Positions of one word that Postgres keeps. */
const placesAtMost = 255;
/** Bytes of one tsvector: Postgres refuses more than 1,048,575. The overhead of positions and words is estimated high. */
const bytesAtMost = 900_000;
const bytesPerPlace = 4;
const bytesPerWord = 12;

/** Texts by their weight: A 1, B 0.4, C 0.2, D 0.1. */
export type WeightedTexts = Readonly<Record<'A' | 'B' | 'C' | 'D', readonly (string | null | undefined)[]>>;

/**
 * The words of a row as the text of a `tsvector`, made here because Postgres' parser reads "-1669" as a negative number, "Op.27"
 * as a host name and ignores "<b>". Very long texts are cut at the end, weight by weight.
 */
export function indexWords(texts: WeightedTexts): string {
  const places = new Map<string, string[]>();
  let base = 0;
  let bytes = 0;
  for (const weight of ['A', 'B', 'C', 'D'] as const) {
    for (const text of texts[weight]) {
      let last = 0;
      for (const term of text ? termsOf(text) : []) {
        const position = base + term.position;
        if (position > positionsAtMost || bytes > bytesAtMost) return written(places);
        last = term.position;
        let at = places.get(term.text);
        if (!at) {
          places.set(term.text, (at = []));
          bytes += bytesPerWord + Buffer.byteLength(term.text);
        }
        if (at.length >= placesAtMost) continue;
        at.push(`${position}${weight}`);
        bytes += bytesPerPlace;
      }
      // One position is skipped, so that no phrase spans two texts.
      if (last > 0) base += last + 1;
    }
  }
  return written(places);
}

/** Terms consist of letters, digits and marks, so nothing needs escaping. */
function written(places: ReadonlyMap<string, readonly string[]>): string {
  return Array.from(places, ([term, at]) => `'${term}':${at.join(',')}`).join(' ');
}
