import { registerEnumType } from 'type-graphql';
import { termsOf } from './words.ts';

/** Characters of a search; a longer one is a text, which no index answers quickly. */
export const searchAtMost = 200;

export const SearchMode = { WORDS: 'WORDS', PREFIX: 'PREFIX' } as const;
export type SearchMode = keyof typeof SearchMode;
/** For `arg.enum`. */
export const searchModes = { enum: SearchMode, name: 'SearchMode', values: ['WORDS', 'PREFIX'] } as const;
registerEnumType(SearchMode, {
  name: 'SearchMode',
  description: 'How the text of a search is interpreted. Accents, case and punctuation within words are ignored.',
  valuesConfig: {
    WORDS: { description: 'All words, "a phrase", or, -without.' },
    PREFIX: { description: 'As WORDS, but the last word may be a prefix: for suggestions while typing.' },
  },
});

export interface SearchArgs {
  search?: string | null;
  searchMode?: SearchMode | null;
}

/** How a noun's words are stored, and which of its texts are shown as snippets. */
export interface SearchOptions {
  /** The column of type tsvector, written by `indexWords`; indexed with GIN. */
  column: string;
  /** Texts for snippets, by name, in order: SQL expressions over the row `e`. */
  snippets?: Readonly<Record<string, string>>;
}

/** A search term; with `prefix` it matches every term that begins with it. */
export interface Wanted {
  text: string;
  prefix: boolean;
}

export interface Search {
  /** A `tsquery` in SQL, without parameters. */
  sql: string;
  /** The terms to mark in results. */
  wanted: readonly Wanted[];
}

/** A part of a search: a word, a word of several terms, or a phrase; `not` excludes it. */
interface Part {
  text: string;
  not: boolean;
  /** The last word, which may be a prefix. */
  open: boolean;
}

/**
 * Parses a search. With PREFIX the last word matches all words that begin with it, unless a space or a quotation mark after it shows
 * that it is complete. Any input is valid; a search without a word finds nothing. Null if there is no search.
 */
export function readSearch({ search, searchMode }: SearchArgs): Search | null {
  if (!search?.trim()) return null;
  const wanted: Wanted[] = [];
  const alternatives = alternativesOf(search, searchMode === 'PREFIX').map((parts) =>
    parts.flatMap((part) => {
      const operands = operandsOf(part);
      if (operands.length === 0) return [];
      if (!part.not) wanted.push(...operands);
      return [`${part.not ? '!' : ''}(${phraseOf(operands)})`];
    }),
  );
  const query = alternatives.filter((parts) => parts.length > 0).map((parts) => parts.join(' & '));
  return { sql: `${literal(query.join(' | '))}::tsquery`, wanted };
}

/** Limits of a prefix search: words, and their terms in total; a name in a script without spaces has one term per character. */
const beginningsAtMost = { words: 8, terms: 24 };

/**
 * A `tsquery` in SQL for names: each word of the search is a prefix of a word of the text. Parts joined by punctuation ("o'br",
 * "je-l") are adjacent in the text as well. Null if there is no search; a search without a word finds nothing.
 */
export function readBeginnings(search: string | null | undefined): string | null {
  if (!search?.trim()) return null;
  const words = search.split(/\s+/).map((text) => operandsOf({ text, not: false, open: false }));
  let left = beginningsAtMost.terms;
  const kept = words
    .filter((operands) => operands.length > 0)
    .slice(0, beginningsAtMost.words)
    .map((operands) => {
      const some = operands.slice(0, left);
      left -= some.length;
      return some.map((operand) => ({ ...operand, prefix: true }));
    })
    .filter((operands) => operands.length > 0);
  return `${literal(kept.map((operands) => `(${phraseOf(operands)})`).join(' & '))}::tsquery`;
}

/** The parts of a search, split at each "or". */
function alternativesOf(search: string, prefix: boolean): Part[][] {
  const alternatives: Part[][] = [[]];
  const add = (part: Part): void => void alternatives.at(-1)?.push(part);
  for (const [whole, minus = '', quoted, word = ''] of search.matchAll(/(-*)(?:"([^"]*)"?|([^\s"]+))/g)) {
    if (quoted !== undefined) add({ text: quoted, not: minus !== '', open: false });
    // An "or" at the start has no alternative before it, so it is a word.
    else if (/^or$/i.test(whole) && alternatives.at(-1)?.length !== 0) alternatives.push([]);
    else add({ text: word, not: minus !== '', open: false });
  }
  const last = alternatives.at(-1)?.at(-1);
  if (last && prefix && /[\p{L}\p{N}\p{M}]$/u.test(search) && search.split('"').length % 2 === 1) last.open = true;
  return alternatives;
}

interface Operand extends Wanted {
  position: number;
}

/** The terms of a part. A single character of a script without spaces becomes the prefix of all pairs that start with it. */
function operandsOf({ text, open }: Part): Operand[] {
  const terms = termsOf(text);
  return terms.flatMap((term, n) => {
    const alone = term.tail && terms[n - 1]?.end !== term.end;
    if (term.tail && !alone) return [];
    const last = n === terms.length - 1;
    return [{ text: term.text, position: term.position, prefix: alone || (open && last) }];
  });
}

function phraseOf(operands: readonly Operand[]): string {
  return operands
    .map(({ text, prefix, position }, n) => {
      const written = `'${text}'${prefix ? ':*' : ''}`;
      const before = operands[n - 1];
      return before ? `<${position - before.position}> ${written}` : written;
    })
    .join(' ');
}

/**
 * A text as an SQL literal with every character escaped except ASCII letters, digits and spaces. The ORM inlines the parameters of
 * computed columns and orders and then scans the statement for question marks, so a parameter containing one would be misread;
 * this literal contains none.
 */
function literal(text: string): string {
  const written = Array.from(text, (sign) =>
    /[A-Za-z0-9 ]/.test(sign) ? sign : `\\+${(sign.codePointAt(0) ?? 0).toString(16).padStart(6, '0')}`,
  );
  return `U&'${written.join('')}'`;
}

/**
 * The rank of a row, from 0 to 1,000,000: `ts_rank` with the usual weights (A 1, B 0.4, C 0.2, D 0.1), divided by 1 + the
 * logarithm of the text's length, so that of two equal matches the shorter text comes first. An integer, since a cursor must hold
 * exactly what the database compares.
 * https://www.postgresql.org/docs/15/textsearch-controls.html#TEXTSEARCH-RANKING
 */
export function relevanceSql(row: string, options: SearchOptions, search: Search): string {
  return `round(ts_rank(${row}."${options.column}", ${search.sql}, 1) * 1000000)::int`;
}
