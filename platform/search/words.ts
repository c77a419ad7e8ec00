import { foldedLetters } from './letters.ts';

/** A searchable term and its position. */
export interface Term {
  /** The normalized form: the same for all spellings. */
  text: string;
  /** Its position among the terms of the text, from 1; terms of a run without spaces overlap. */
  position: number;
  /** Its place in the original text, in UTF-16 code units. */
  start: number;
  end: number;
  /** The last character of a run without spaces, on its own, so that one character finds the words that end with it. */
  tail?: true;
}

/** Characters of a term; longer ones are not words, and the first characters suffice to find them. */
const termAtMost = 100;

/** Scripts written without spaces between words: each pair of neighbours is a term. Korean has spaces, but adds endings to its words. */
const unspaced =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

const wordSign = /[\p{L}\p{N}\p{M}\p{Emoji_Presentation}]/u;
/** Emoji are words on their own. */
const picture = /\p{Emoji_Presentation}/u;

/** A character with its combining characters: marks, conjoining Hangul letters, voicing of half-width kana. */
const cluster = /[\s\S][\p{M}\u1160-\u11ff\u{d7b0}-\u{d7ff}\uff9e\uff9f]*/gu;

/**
 * Marks that are ignored: accents of Latin, Greek and Cyrillic, vowel signs of Hebrew and Arabic, and the Arabic stroke that only
 * lengthens words. Marks of other scripts (kana, Thai, Devanagari) form other letters, and are kept.
 */
const silentMarks =
  /[\u{0300}-\u{036f}\u{0483}-\u{0487}\u{0591}-\u{05bd}\u{05bf}\u{05c1}\u{05c2}\u{05c4}\u{05c5}\u{05c7}\u{0610}-\u{061a}\u{0640}\u{064b}-\u{065f}\u{0670}\u{06d6}-\u{06dc}\u{06df}-\u{06e4}\u{06e7}\u{06e8}\u{06ea}-\u{06ed}]|[\u{1ab0}-\u{1aff}]|[\u{1dc0}-\u{1dff}]|[\u{20d0}-\u{20ff}]|[\u{fe20}-\u{fe2f}]/gu;

/** The zeros of non-ASCII digits; the other nine digits follow each zero. */
const zeros = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
  0x0f20, 0x1040,
];

function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = zeros.find((each) => code >= each && code < each + 10);
  return zero === undefined ? digit : String(code - zero);
}

/** The normalized form of a character: width, case, accents and kinds of digits are ignored. */
function folded(sign: string): string {
  return sign
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKD')
    .replace(silentMarks, '')
    .normalize('NFC')
    .replace(/\P{ASCII}/gu, (letter) => foldedLetters[letter] ?? letter)
    .replace(/\p{Nd}/gu, asciiDigit);
}

/**
 * The terms of a text, for both the index and searches, so that both are read the same way, in every language and before the
 * database sees them. Everything that is neither letter nor digit separates words: hyphens, dots, slashes, tags. Runs of scripts
 * without spaces become pairs of neighbours. Pure; if its results change, the index must be rewritten.
 */
export function termsOf(text: string): Term[] {
  return isAscii(text) ? asciiTerms(text) : allTerms(text);
}

function isAscii(text: string): boolean {
  return !/\P{ASCII}/u.test(text);
}

/** The same as `allTerms`, in a tenth of the time. */
function asciiTerms(text: string): Term[] {
  const terms: Term[] = [];
  for (const { 0: word, index } of text.matchAll(/[a-z0-9]+/gi)) {
    const written = word.slice(0, termAtMost).toLowerCase();
    terms.push({ text: written, position: terms.length + 1, start: index, end: index + written.length });
  }
  return terms;
}

/** The normalized form of a character; null if it separates words. */
type Letter = { text: string; dense: boolean; picture: boolean } | null;

/** A cache: a text has few distinct characters, and reading one is slow. */
const lettersKnown = new Map<string, readonly Letter[]>();
/** More than a language has; at this size the cache is cleared. */
const lettersAtMost = 20_000;

/** A character may stand for several, with a separator: "½" is 1 and 2. */
function lettersOf(sign: string): readonly Letter[] {
  let letters = lettersKnown.get(sign);
  if (letters) return letters;
  letters = Array.from(folded(sign).matchAll(cluster), ([text]) =>
    wordSign.test(text) ? { text, dense: unspaced.test(text), picture: picture.test(text) } : null,
  );
  if (lettersKnown.size >= lettersAtMost) lettersKnown.clear();
  lettersKnown.set(sign, letters);
  return letters;
}

/** The characters of one word, or of one run without spaces. */
type Run = { text: string; start: number; end: number }[];

function allTerms(text: string): Term[] {
  const terms: Term[] = [];
  let run: Run = [];
  let dense = false;
  const close = (): void => {
    if (run.length === 0) return;
    const before = terms.at(-1)?.position ?? 0;
    if (dense) terms.push(...pairsOf(run, before));
    else terms.push(wordOf(run, before));
    run = [];
  };
  for (const { 0: sign, index } of text.matchAll(cluster)) {
    for (const letter of lettersOf(sign)) {
      if (letter === null || letter.picture || letter.dense !== dense) close();
      if (letter === null) continue;
      dense = letter.dense;
      run.push({ text: letter.text, start: index, end: index + sign.length });
      if (letter.picture) close();
    }
  }
  close();
  return terms;
}

function wordOf(run: Run, before: number): Term {
  const kept = run.slice(0, termAtMost);
  const [first, last] = [kept[0]!, kept.at(-1)!];
  return { text: kept.map(({ text }) => text).join(''), position: before + 1, start: first.start, end: last.end };
}

function pairsOf(run: Run, before: number): Term[] {
  return run.map((sign, n) => {
    const position = before + n + 1;
    const next = run[n + 1];
    return next
      ? { text: sign.text + next.text, position, start: sign.start, end: next.end }
      : { text: sign.text, position, start: sign.start, end: sign.end, tail: true };
  });
}
