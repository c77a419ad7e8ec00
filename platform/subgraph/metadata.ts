import { getMetadataStorage } from 'type-graphql';

type Storage = ReturnType<typeof getMetadataStorage>;

/** What TypeGraphQL has noted of a class, an enumeration or a union, by the list that it keeps it in, with its place there. */
type Notes = { [list in List]?: { at: number; entry: object }[] };

const lists = [
  'queries',
  'mutations',
  'subscriptions',
  'fieldResolvers',
  'objectTypes',
  'inputTypes',
  'argumentTypes',
  'interfaceTypes',
  'enums',
  'unions',
  'authorizedFields',
  'authorizedResolver',
  'middlewares',
  'resolverMiddlewares',
  'classDirectives',
  'fieldDirectives',
  'argumentDirectives',
  'classExtensions',
  'fieldExtensions',
  'resolverClasses',
  'fields',
  'params',
] as const satisfies readonly (keyof Storage)[];
type List = (typeof lists)[number];

const subjects = new Map<unknown, Notes>();
/** By interface: the classes that say that they have it. */
const implementing = new Map<unknown, unknown[]>();
/** How many entries of each list have been looked at; TypeGraphQL only ever appends. */
const seen = new Map<List, number>();

/**
 * Runs `build` while TypeGraphQL knows only of these classes and what they lead to. It makes every schema out of all that was ever
 * declared, which costs a house the square of its OSes: with forty, half of the time that their schemas take.
 */
export function withMetadataOf<T>(classes: readonly unknown[], build: () => T): T {
  const storage = getMetadataStorage();
  noteNew(storage);
  const reached = reachedFrom(classes);
  // A property of its own hides the method of its class.
  storage.clone = () => only(storage, reached);
  try {
    return build();
  } finally {
    delete (storage as Partial<Storage>).clone;
  }
}

function noteNew(storage: Storage): void {
  for (const list of lists) {
    const entries: readonly object[] = storage[list];
    for (let at = seen.get(list) ?? 0; at < entries.length; at++) {
      const entry = entries[at] as {
        target?: unknown;
        enumObj?: unknown;
        symbol?: unknown;
        interfaceClasses?: unknown[];
      };
      const subject = entry.target ?? entry.enumObj ?? entry.symbol;
      const notes = subjects.get(subject) ?? {};
      subjects.set(subject, notes);
      (notes[list] ??= []).push({ at, entry });
      for (const each of list === 'objectTypes' ? (entry.interfaceClasses ?? []) : [])
        implementing.set(each, [...(implementing.get(each) ?? []), subject]);
    }
    seen.set(list, entries.length);
  }
}

/** The classes with all that their fields, arguments, superclasses and interfaces name, and the implementations of those. */
function reachedFrom(classes: readonly unknown[]): Set<unknown> {
  const reached = new Set<unknown>();
  const open = [...classes];
  while (open.length > 0) {
    const subject = open.pop();
    if (subject === null || subject === undefined || reached.has(subject)) continue;
    reached.add(subject);
    const notes = subjects.get(subject);
    if (typeof subject === 'function') open.push(Object.getPrototypeOf(subject));
    if (notes) open.push(...namedBy(notes), ...(implementing.get(subject) ?? []));
  }
  return reached;
}

function namedBy(notes: Notes): unknown[] {
  const of = <L extends List>(list: L) => (notes[list] ?? []).map(({ entry }) => entry) as Storage[L];
  // Only a resolver of fields must say of which class they are.
  const extended = of('fieldResolvers').some(({ kind }) => kind === 'external') ? of('resolverClasses') : [];
  return [
    ...[...of('queries'), ...of('mutations'), ...of('subscriptions')].map(({ getReturnType }) => getReturnType()),
    ...[...of('fields'), ...of('fieldResolvers')].map(({ getType }) => getType?.()),
    ...of('params').map((param) => {
      const given = param.kind === 'custom' ? param.options.arg : param;
      return given && 'getType' in given ? given.getType?.() : undefined;
    }),
    ...[...of('objectTypes'), ...of('interfaceTypes')].flatMap(({ interfaceClasses }) => interfaceClasses ?? []),
    ...extended.map(({ getObjectType }) => getObjectType()),
    ...of('unions').flatMap(({ getClassTypes }) => getClassTypes()),
  ];
}

/** A storage like TypeGraphQL's own, with the entries about these subjects, in the order in which they were declared. */
function only(storage: Storage, reached: ReadonlySet<unknown>): Storage {
  const Kind = storage.constructor as new () => Storage;
  const found = new Kind();
  for (const list of lists) {
    const entries = [...reached].flatMap((subject) => subjects.get(subject)?.[list] ?? []);
    (found[list] as object[]) = entries.toSorted((one, other) => one.at - other.at).map(({ entry }) => entry);
  }
  return found;
}
