import { getMetadataStorage } from 'type-graphql';

type Storage = ReturnType<typeof getMetadataStorage>;

/** TypeGraphQL's metadata of a class, enum or union: by storage list, each entry with its index there. */
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
/** By interface: the classes that implement it. */
const implementing = new Map<unknown, unknown[]>();
/** Number of entries already read of each list; TypeGraphQL only appends. */
const seen = new Map<List, number>();

/**
 * Runs `build` while TypeGraphQL sees only these classes and those reachable from them. It builds every schema from all metadata of the
 * process, so the cost grows with the square of the number of OSes: with forty, it was half of the time to build their schemas.
 */
export function withMetadataOf<T>(classes: readonly unknown[], build: () => T): T {
  const storage = getMetadataStorage();
  noteNew(storage);
  const reached = reachedFrom(classes);
  // An own property shadows the method of the class.
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

/** These classes, everything that their fields, arguments, superclasses and interfaces refer to, and implementations of the interfaces. */
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
  // Only a resolver with external field resolvers needs its object type.
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

/** A copy of TypeGraphQL's storage with only the entries of these subjects, in declared order. */
function only(storage: Storage, reached: ReadonlySet<unknown>): Storage {
  const Kind = storage.constructor as new () => Storage;
  const found = new Kind();
  for (const list of lists) {
    const entries = [...reached].flatMap((subject) => subjects.get(subject)?.[list] ?? []);
    (found[list] as object[]) = entries.toSorted((one, other) => one.at - other.at).map(({ entry }) => entry);
  }
  return found;
}
