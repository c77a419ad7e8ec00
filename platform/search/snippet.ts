import 'reflect-metadata';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { sqlIn } from '../database/sql.ts';
import type { Search, SearchOptions, Wanted } from './search.ts';
import { termsOf, type Term } from './words.ts';

/** Characters up to which a text is shown whole. */
const wholeUpTo = 200;
/** Ranges of one text; if every word matches, marking the first ones suffices. */
const rangesAtMost = 20;

@ObjectType('TextRange', { description: 'A part of a text, counted in UTF-16 code units as JavaScript does.' })
@Directive('@shareable')
export class TextRange {
  @Field(() => Int, { description: 'Where the part starts, from 0.' })
  start!: number;

  @Field(() => Int, { description: 'Where the part ends, exclusive.' })
  end!: number;
}

@ObjectType('SearchSnippet', {
  description:
    'The matches of a search in a text: plain text, never HTML, and the ranges to mark. Texts of more than 200 characters are cut to at most two parts of at most 24 words, joined by " … ".',
})
@Directive('@shareable')
export class SearchSnippet {
  @Field(() => String, { description: 'The name of the field that contains the text.' })
  field!: string;

  @Field(() => String, { description: 'The text or its parts; a text of at most 200 characters is complete.' })
  text!: string;

  @Directive(`@listSize(assumedSize: ${rangesAtMost})`)
  @Field(() => [TextRange], {
    description: `The matching words, from left to right; at least one, at most ${rangesAtMost}.`,
  })
  ranges!: TextRange[];
}

/** Parts shown of a long text, words of each, and words before the first match. */
const partsAtMost = 2;
const wordsAtMost = 24;
const wordsBefore = 8;
/** UTF-16 code units of a part, for texts without words to count. */
const partAtMost = 400;
/** Separates parts. */
const gap = ' … ';
/** Matches in a long text among which the best parts are chosen. */
const placesAtMost = 500;

/** The snippets of rows of one table by their ids, in one statement. Texts without a match have none. */
export async function snippetsOf(
  em: SqlEntityManager,
  table: string,
  options: SearchOptions,
  { wanted }: Search,
  ids: readonly string[],
): Promise<Map<string, SearchSnippet[]>> {
  const texts = Object.entries(options.snippets ?? {}).map(
    ([field, sql], place) => `(${place}, '${field}', (${sql})::text)`,
  );
  const rows = await sqlIn<{ id: string; field: string; text: string }>(
    em,
    `select e.id, f.field, f.text from ${table} e, lateral (values ${texts.join(', ')}) as f(place, field, text)
     where e.id = any($1) and f.text <> '' order by e.id, f.place`,
    [[...ids]],
  );
  const found = new Map<string, SearchSnippet[]>(ids.map((id) => [id, []]));
  const isWanted = matcherOf(wanted);
  for (const { id, field, text } of rows) {
    const snippet = snippetOf(text, isWanted);
    if (snippet) found.get(id)?.push({ field, ...snippet });
  }
  return found;
}

/** A text may contain only some of the words of a search, so each word matches on its own. */
function matcherOf(wanted: readonly Wanted[]): (term: string) => boolean {
  const whole = new Set(wanted.flatMap(({ text, prefix }) => (prefix ? [] : [text])));
  const beginnings = wanted.flatMap(({ text, prefix }) => (prefix ? [text] : []));
  return (term) => whole.has(term) || beginnings.some((each) => term.startsWith(each));
}

/** The matches in a text, as written. Null if there are none. */
export function snippetOf(
  text: string,
  isWanted: (term: string) => boolean,
): Pick<SearchSnippet, 'text' | 'ranges'> | null {
  const terms = termsOf(text);
  const hits = terms.flatMap((term, n) => (isWanted(term.text) ? [n] : []));
  if (hits.length === 0) return null;
  const parts = text.length <= wholeUpTo ? [{ start: 0, end: text.length }] : partsOf(terms, hits);
  const ranges: TextRange[] = [];
  let shown = '';
  for (const part of parts) {
    const base = shown === '' ? 0 : shown.length + gap.length;
    shown += (shown === '' ? '' : gap) + text.slice(part.start, part.end);
    for (const n of hits) {
      const { start, end } = terms[n]!;
      if (start < part.start || end > part.end) continue;
      const before = ranges.at(-1);
      // Adjacent pairs overlap, so they get one mark.
      if (before && before.end >= start - part.start + base) before.end = end - part.start + base;
      else if (ranges.length < rangesAtMost)
        ranges.push({ start: start - part.start + base, end: end - part.start + base });
    }
  }
  return ranges.length > 0 ? { text: shown, ranges } : null;
}

/** The parts of a long text with the most distinct words of the search, in the order of the text. */
function partsOf(terms: readonly Term[], hits: readonly number[]): { start: number; end: number }[] {
  const windows = hits.slice(0, placesAtMost).map((hit, at) => {
    const from = Math.max(0, hit - wordsBefore);
    const to = Math.min(terms.length, from + wordsAtMost);
    const within = new Set<string>();
    for (let n = at; n < hits.length && hits[n]! < to; n += 1) within.add(terms[hits[n]!]!.text);
    return { hit, from, to, score: within.size };
  });
  const chosen: typeof windows = [];
  for (const window of windows.toSorted((a, b) => b.score - a.score || a.hit - b.hit)) {
    if (chosen.length === partsAtMost) break;
    if (chosen.every(({ from, to }) => window.to <= from || window.from >= to)) chosen.push(window);
  }
  return chosen
    .toSorted((a, b) => a.from - b.from)
    .map(({ hit, from, to }) => {
      let first = from;
      let last = to - 1;
      while (first < hit && terms[first]!.start < terms[hit]!.end - partAtMost) first += 1;
      while (last > hit && terms[last]!.end > terms[first]!.start + partAtMost) last -= 1;
      return { start: terms[first]!.start, end: terms[last]!.end };
    });
}
