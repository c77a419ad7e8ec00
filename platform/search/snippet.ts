import 'reflect-metadata';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { sqlIn } from '../database/sql.ts';
import type { SearchOptions } from './search.ts';

/** Texts up to this length (characters) are shown whole. */
const wholeUpTo = 200;
/** Ranges of one text; where every word of a text was found, marking the first of them is enough. */
const rangesAtMost = 20;

@ObjectType('TextRange', { description: 'A part of a text, counted in UTF-16 code units as JavaScript does.' })
@Directive('@shareable')
export class TextRange {
  @Field(() => Int, { description: 'Where it begins, from 0.' })
  start!: number;

  @Field(() => Int, { description: 'Where it ends; this place is no part of it.' })
  end!: number;
}

@ObjectType('SearchSnippet', {
  description:
    'Where a search found something in a text: plain text, never HTML, and the ranges to mark. Texts of more than 200 characters are cut to at most two parts of at most 24 words, joined by " … ".',
})
@Directive('@shareable')
export class SearchSnippet {
  @Field(() => String, { description: 'The field whose text it is.' })
  field!: string;

  @Field(() => String)
  text!: string;

  @Directive(`@listSize(assumedSize: ${rangesAtMost})`)
  @Field(() => [TextRange], {
    description: `The words found, from left to right; at least one, at most ${rangesAtMost}.`,
  })
  ranges!: TextRange[];
}

/** Characters of the private use area, which are taken out of the text before they mark what was found. */
const begin = '\u{E000}';
const end = '\u{E001}';
const marks = `StartSel=${begin}, StopSel=${end}`;
const parts = `${marks}, MaxFragments=2, MaxWords=24, MinWords=8, FragmentDelimiter=" … "`;

/** The snippets of rows of one table by their ids, in one statement. Texts in which nothing was found have none. */
export async function snippetsOf(
  em: SqlEntityManager,
  table: string,
  options: SearchOptions,
  query: string,
  ids: readonly string[],
): Promise<Map<string, SearchSnippet[]>> {
  const texts = Object.entries(options.snippets ?? {}).map(
    ([field, sql], place) => `(${place}, '${field}', (${sql})::text)`,
  );
  // Each text holds only some of the words, so here each counts for itself; what must not stand in the row does not stand there.
  const anyOf = `regexp_replace(replace((${query})::text, '!', ''), '&|<->|<[0-9]+>', '|', 'g')::tsquery`;
  const rows = await sqlIn<{ id: string; field: string; text: string }>(
    em,
    `select e.id, f.field, ts_headline('${options.dictionary}', search.plain(translate(f.text, '${begin}${end}', '')), q,
        case when length(f.text) <= ${wholeUpTo} then 'HighlightAll=true, ${marks}' else '${parts}' end) as text
     from ${table} e, (select ${anyOf} as q) query,
       lateral (values ${texts.join(', ')}) as f(place, field, text)
     where e.id = any($1) and f.text <> '' order by e.id, f.place`,
    [[...ids]],
  );
  const found = new Map<string, SearchSnippet[]>(ids.map((id) => [id, []]));
  for (const { id, field, text } of rows) {
    const snippet = { field, ...marked(text) };
    if (snippet.ranges.length > 0) found.get(id)?.push(snippet);
  }
  return found;
}

function marked(text: string): Pick<SearchSnippet, 'text' | 'ranges'> {
  const ranges: TextRange[] = [];
  let plain = '';
  for (const piece of text.split(begin)) {
    const at = piece.indexOf(end);
    if (at > 0 && ranges.length < rangesAtMost) ranges.push({ start: plain.length, end: plain.length + at });
    plain += at < 0 ? piece : piece.slice(0, at) + piece.slice(at + end.length);
  }
  return { text: plain, ranges };
}
