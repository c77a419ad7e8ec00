/** The catalog's types, as the query in catalog.ts selects them. */
export interface CatalogRoot {
  readonly name: string;
  readonly kind: RootKind;
  readonly description: string | null;
  /** Who may use it: `public`, `signedIn`, `self` or the name of a permission. */
  readonly access: string | null;
  /** Names of the facts that it emits. */
  readonly facts: readonly string[];
}

export type RootKind = 'QUERY' | 'MUTATION' | 'SUBSCRIPTION';

export interface CatalogExample {
  readonly name: string;
  readonly description: string | null;
  /** The text of the document. */
  readonly operation: string;
  /** JSON text of the variables. */
  readonly variables: string | null;
  /** Whether it works without signing in. */
  readonly public: boolean;
  /** The names of its root fields. */
  readonly roots: readonly string[];
}

export interface CatalogSystem {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly roots: readonly CatalogRoot[];
  readonly examples: readonly CatalogExample[];
}

/** The words of a search, in lower case; at most eight, since more hardly narrow the result. */
export function searchTerms(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
}

/**
 * The systems, roots and examples that contain every word in a name, title or description. A word may also match the system
 * itself, so `auction bid` finds the bids of the auction system. Systems found by name come first, and complete.
 */
export function searchCatalog(systems: readonly CatalogSystem[], text: string): readonly CatalogSystem[] {
  const terms = searchTerms(text);
  if (terms.length === 0) return systems;
  const found: { system: CatalogSystem; rank: number }[] = [];
  for (const system of systems) {
    const heading = haystack(system.name, system.title);
    const own = `${heading} ${haystack(system.description)}`;
    const roots = system.roots.filter((root) => matches(terms, haystack(root.name, root.description), heading));
    const examples = system.examples.filter((example) =>
      matches(terms, haystack(example.name, example.description, ...example.roots), heading),
    );
    const named = terms.every((term) => heading.includes(term));
    const none = roots.length === 0 && examples.length === 0;
    if (!named && none && !terms.every((term) => own.includes(term))) continue;
    // A system's description covers everything it does: if single items match, they are the better result.
    const shown = named || none ? system : { ...system, roots, examples };
    found.push({ system: shown, rank: named ? 0 : 1 });
  }
  return found.sort((a, b) => a.rank - b.rank).map((entry) => entry.system);
}

export interface TextPart {
  readonly text: string;
  readonly hit: boolean;
}

/** Splits a text into matching parts and the parts between; single letters are in every word, and are not marked. */
export function highlight(text: string, terms: readonly string[]): TextPart[] {
  const words = terms.filter((term) => term.length > 1);
  if (words.length === 0) return [{ text, hit: false }];
  const pattern = words.map((term) => term.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  return text
    .split(new RegExp(`(${pattern})`, 'gi'))
    .map((part, index) => ({ text: part, hit: index % 2 === 1 }))
    .filter((part) => part.text !== '');
}

/** A description without the system's prefix: `[auction] Places a bid.` becomes `Places a bid.` under the system's heading. */
export function readable(description: string | null): string {
  return (description ?? '').replace(/^\[[\w-]+\]\s*/, '').trim();
}

/** Whether every word occurs in the item or in its system's heading, and at least one in the item itself. */
function matches(terms: readonly string[], item: string, heading: string): boolean {
  return (
    terms.every((term) => item.includes(term) || heading.includes(term)) && terms.some((term) => item.includes(term))
  );
}

function haystack(...texts: (string | null)[]): string {
  return texts
    .filter((text) => text !== null)
    .join(' ')
    .toLowerCase();
}
