import { getMetadataStorage } from 'type-graphql';
import type { FieldDeclaration } from '../access/declare.ts';
import type { AnyNoun } from '../nouns/any-noun.ts';
import { comparedColumns } from '../nouns/compared.ts';
import type { Subgraph } from './subgraph.ts';

/**
 * Lists, searches and figures by which a client could find out what a restricted field hides: by trying filters, by the order, or by
 * grouping. A noun whose own type shows the property to everybody who sees the row may compare it: its visibility guards it.
 */
export function* guessFaults(
  { nouns, variants }: Pick<Subgraph, 'nouns' | 'variants'>,
  restrictions: ReadonlyMap<string, FieldDeclaration>,
  fieldsOf: (type: string) => readonly string[],
): Generator<string> {
  const all = [...nouns, ...variants];
  for (const noun of all) {
    const { compared, unknown } = comparedColumns(noun);
    for (const property of new Set(unknown))
      yield `${noun.name} is filtered, sorted or counted by ${property}, which its rows do not have`;
    const own = typesOf(noun);
    const shown = new Set(noun.unrestricted);
    for (const type of own)
      for (const field of fieldsOf(type)) if (!restrictions.has(`${type}.${field}`)) shown.add(field);
    // Every type over the same rows counts: what one of them restricts, another must not give away.
    const types = new Set(all.flatMap((each) => (each.options.entity === noun.options.entity ? typesOf(each) : [])));
    const hidden = new Map(
      [...restrictions].flatMap(([coordinate, { property }]) =>
        types.has(coordinate.slice(0, coordinate.indexOf('.'))) ? [[property, coordinate] as const] : [],
      ),
    );
    const faults = compared.flatMap(([{ property }, use]) =>
      hidden.has(property) && !shown.has(property)
        ? [`${hidden.get(property)} is restricted, and ${use}: ${noun.name} compares ${property}`]
        : [],
    );
    yield* new Set(faults);
  }
}

/** The GraphQL types that show the rows of a noun. */
function typesOf(noun: AnyNoun): string[] {
  const type = noun.options.type();
  const { objectTypes, interfaceTypes } = getMetadataStorage();
  const named = [...objectTypes, ...interfaceTypes].find(({ target }) => target === type);
  return [...noun.types, ...(named ? [named.name] : [])];
}
