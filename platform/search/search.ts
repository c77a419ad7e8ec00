import { registerEnumType } from 'type-graphql';

/** Words of one search, in characters; more is a text, and no index answers it quickly. */
export const searchAtMost = 200;

export const SearchMode = { WORDS: 'WORDS', PREFIX: 'PREFIX' } as const;
export type SearchMode = keyof typeof SearchMode;
registerEnumType(SearchMode, {
  name: 'SearchMode',
  description: 'How a search is read. Accents and case never count.',
  valuesConfig: {
    WORDS: { description: 'All words, "a phrase", or, -without.' },
    PREFIX: { description: 'The same, and the last word may be the beginning of one: for suggestions while typing.' },
  },
});

/** The text search configuration that `platform/search/migrations.ts` makes: every language, without stemming and accents. */
export const searchWords = 'search.words';

export interface SearchArgs {
  search?: string | null;
  searchMode?: SearchMode | null;
}

/** How the words of a noun are kept, and which of its texts are shown with what was found. */
export interface SearchOptions {
  /** The column of type tsvector; indexed with GIN. */
  column: string;
  /** Its text search configuration. */
  dictionary: string;
  /** Texts that snippets are taken from, by name, in order: SQL expressions over the row `e`. */
  snippets?: Readonly<Record<string, string>>;
}

/**
 * A search as a `tsquery` in SQL without parameters. With PREFIX the last word stands for all words that begin with it, unless a
 * space or a quotation mark after it says that it is whole. Nothing that a person can type is a fault. Null where there is nothing
 * to look for.
 */
export function searchQuery(options: Pick<SearchOptions, 'dictionary'>, args: SearchArgs): string | null {
  const given = plain(args.search ?? '');
  const text = given.trim();
  if (text === '') return null;
  const words = (part: string): string => `websearch_to_tsquery('${options.dictionary}', ${literal(part)})`;
  const open = args.searchMode === 'PREFIX' && /[\p{L}\p{N}\p{M}]$/u.test(given);
  // Within an open quotation mark the phrase is not whole, and its words are taken as they are.
  if (!open || text.split('"').length % 2 === 0) return words(text);
  const at = Math.max(text.lastIndexOf(' '), text.lastIndexOf('"')) + 1;
  const last = text.slice(at).replace(/^-+/, '');
  const prefix = `${text[at] === '-' ? '!! ' : ''}to_tsquery('${options.dictionary}', ${literal(`'${last.replace(/['\\]/g, ' ')}':*`)})`;
  const rest = text.slice(0, at).trim();
  // In "etching or lith" the word is an alternative to what stands before it.
  const either = /(^|\s)or$/i.exec(rest);
  const before = either ? rest.slice(0, either.index).trim() : rest;
  return before === '' ? prefix : `(${words(before)} ${either ? '||' : '&&'} ${prefix})`;
}

/**
 * A text as a literal in which every character but letters, digits and spaces of ASCII is written by its number. The ORM puts the
 * parameters of computed columns and orders into the statement and then reads it once more for question marks, so a parameter
 * that holds one would be taken for several; here is none to be found.
 */
function literal(text: string): string {
  const written = Array.from(text, (sign) =>
    /[A-Za-z0-9 ]/.test(sign) ? sign : `\\+${(sign.codePointAt(0) ?? 0).toString(16).padStart(6, '0')}`,
  );
  return `U&'${written.join('')}'`;
}

/** What the database's `search.plain` does to the texts that are searched. */
function plain(text: string): string {
  return text.normalize('NFC').replace(/([\p{L}\p{N}])\/(?=[\p{L}\p{N}])/gu, '$1 / ');
}

/**
 * How well a row answers a search, from 0 to 1,000,000: `ts_rank` with the usual weights (A 1, B 0.4, C 0.2, D 0.1), divided by 1 + the
 * logarithm of the text's length, so that of two equal hits the one with fewer words beside it comes first. A whole number,
 * since a cursor has to hold exactly what the database compares.
 * https://www.postgresql.org/docs/15/textsearch-controls.html#TEXTSEARCH-RANKING
 */
export function relevanceSql(row: string, options: SearchOptions, query: string): string {
  return `round(ts_rank(${row}."${options.column}", ${query}, 1) * 1000000)::int`;
}
