import { termsOf } from './words.ts';

/** Places of one tsvector: Postgres counts no further. https://www.postgresql.org/docs/15/textsearch-limitations.html */
const positionsAtMost = 16_383;
/** Places of one word that Postgres keeps. */
const placesAtMost = 255;
/** Bytes of one tsvector: Postgres refuses more than 1,048,575. What a place and a word cost beside their letters is counted high. */
const bytesAtMost = 900_000;
const bytesPerPlace = 4;
const bytesPerWord = 12;

/** Texts by what a word in them counts: A 1, B 0.4, C 0.2, D 0.1. */
export type WeightedTexts = Readonly<Record<'A' | 'B' | 'C' | 'D', readonly (string | null | undefined)[]>>;

/**
 * The words of a row as the text of a `tsvector`: made here and not by the parser of Postgres, which takes "-1669" for a negative number,
 * "Op.27" for the name of a host and "<b>" for nothing. Of very long texts the beginning is kept, weight by weight.
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
      // A place stays free, so that no phrase reaches from one text into the next.
      if (last > 0) base += last + 1;
    }
  }
  return written(places);
}

/** Terms hold letters, digits and marks alone, so nothing in them has to be escaped. */
function written(places: ReadonlyMap<string, readonly string[]>): string {
  return Array.from(places, ([term, at]) => `'${term}':${at.join(',')}`).join(' ');
}
