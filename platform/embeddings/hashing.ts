import { setImmediate } from 'node:timers/promises';
import type { Embedder } from './embedder.ts';

/** Enough that the features of a paragraph rarely collide, and few enough that a row of 1.5 kB stays within its database page. */
const dimensions = 384;
/** Lengths of word pieces, in characters: with three to five, "etching" and "etchings" share most of theirs. */
const pieces = [3, 4, 5];
/** Texts after which the event loop gets a turn. */
const withoutPause = 16;

/**
 * An embedder that needs no model: feature hashing (K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
 * ICML 2009) of words and of their pieces of three to five characters. Each feature adds its weight to one of 384 places, with a
 * sign; place and sign are two parts of its hash, so that colliding features cancel out on average. A feature that occurs n times
 * weighs 1 + ln n; the pieces of a word together weigh twice as much as the whole. Words of fewer than five letters weigh less,
 * since in alphabetic scripts they are mostly articles and the like. Vectors have length 1.
 *
 * It finds lexical similarity: the same words, words of one stem, spelling variants and names, in any language that separates
 * its words. It knows nothing of meaning: "ship" and "boat" are unrelated, "bank" is one word, and common words count like rare
 * ones of their length. Meaning needs a model.
 */
export function hashingEmbedder(): Embedder {
  return {
    model: `hashing-1@${dimensions}`,
    dimensions,
    async embed(texts, signal) {
      const vectors: number[][] = [];
      for (const [n, text] of texts.entries()) {
        if (n > 0 && n % withoutPause === 0) await setImmediate();
        signal?.throwIfAborted();
        vectors.push(hashed(text));
      }
      return vectors;
    },
  };
}

function hashed(text: string): number[] {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '');
  const words = new Map<string, number>();
  for (const word of plain.match(/[\p{L}\p{N}]+/gu) ?? []) words.set(word, (words.get(word) ?? 0) + 1);
  // A text of signs alone needs a direction too.
  if (words.size === 0) words.set(plain.trim(), 1);
  const vector = Array.from({ length: dimensions }, () => 0);
  for (const [word, count] of words) {
    const weight = (1 + Math.log(count)) * share(word);
    add(vector, `w${word}`, weight / 2);
    const parts = piecesOf(word);
    for (const part of parts) add(vector, `p${part}`, weight / Math.sqrt(parts.length));
  }
  const length = Math.hypot(...vector);
  // The features of a text with only two can cancel out; it then gets one place of its own.
  if (length === 0) vector[hash(plain) % dimensions] = 1;
  return vector.map((value) => value / (length || 1));
}

/** The weight of a word by its length: the square of its share of five letters. Scripts that need few signs for a word are exempt. */
function share(word: string): number {
  return /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]+$/u.test(word)
    ? Math.min(1, (Array.from(word).length / 5) ** 2)
    : 1;
}

/** The pieces of a word, with marks at its start and end, so that a prefix differs from a middle. */
function piecesOf(word: string): string[] {
  const signs = Array.from(`<${word}>`);
  return pieces.flatMap((size) =>
    Array.from({ length: Math.max(signs.length - size + 1, 0) }, (_, at) => signs.slice(at, at + size).join('')),
  );
}

function add(vector: number[], feature: string, weight: number): void {
  const value = hash(feature);
  const place = (value >>> 1) % dimensions;
  vector[place] = (vector[place] ?? 0) + (value & 1 ? weight : -weight);
}

/** FNV-1a of 32 bits over UTF-16 code units (draft-eastlake-fnv), then the finalizer of MurmurHash3, since the low bits of FNV mix badly. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let n = 0; n < text.length; n += 1) value = Math.imul(value ^ text.charCodeAt(n), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
