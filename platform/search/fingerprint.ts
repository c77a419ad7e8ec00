import { latinLetters } from './letters.ts';

/**
 * The key under which differently written texts meet: OpenRefine's key collision method "fingerprint". Case, accents, punctuation,
 * the order of the words and their repetition do not count: "Dürer, Albrecht" and "Albrecht Durer" are "albrecht durer". Null when
 * no letter and no digit is left.
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
