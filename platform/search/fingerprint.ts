import { latinLetters } from './letters.ts';

/**
 * A key that is the same for variants of a text: OpenRefine's key collision method "fingerprint". It ignores case, accents,
 * punctuation, and the order and repetition of words: "Dürer, Albrecht" and "Albrecht Durer" are "albrecht durer". Null if no
 * letter or digit is left.
 * https://openrefine.org/docs/technical-reference/clustering-in-depth
 */
export function fingerprint(text: string): string | null {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[ßæœøđðþłı]/g, (letter) => latinLetters[letter] ?? letter)
    .replace(/[^\p{L}\p{N}\s]+/gu, '');
  const words = new Set(plain.split(/\s+/).filter((word) => word !== ''));
  return words.size === 0 ? null : [...words].toSorted((a, b) => (a < b ? -1 : 1)).join(' ');
}
