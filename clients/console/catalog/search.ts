/** The graph's description of itself, as the query in catalog.ts asks for it. */
export interface CatalogRoot {
  readonly name: string;
  readonly kind: RootKind;
  readonly description: string | null;
  /** Who may call it: `public`, `signedIn`, `self` or the name of a permission. */
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
  /** It answers without sign-in. */
  readonly public: boolean;
  /** The root fields that it asks for. */
  readonly roots: readonly string[];
}

export interface CatalogSystem {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly roots: readonly CatalogRoot[];
  readonly examples: readonly CatalogExample[];
}

/** The words of a search, lower case; at most eight, since more never narrow anything down. */
export function searchTerms(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
}

/**
 * The systems, roots and examples in which every word occurs, in a name, a title or a description. A word may also be
 * the system's own, so `auction bid` finds the bids of the auction system. Systems found by name come first, and whole.
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
    // A description speaks of all that a system does: where single items match, they are what was meant.
    const shown = named || none ? system : { ...system, roots, examples };
    found.push({ system: shown, rank: named ? 0 : 1 });
  }
  return found.sort((a, b) => a.rank - b.rank).map((entry) => entry.system);
}

export interface TextPart {
  readonly text: string;
  readonly hit: boolean;
}

/** Splits a text into parts that were searched for and parts between; single letters are in every word, and not marked. */
export function highlight(text: string, terms: readonly string[]): TextPart[] {
  const words = terms.filter((term) => term.length > 1);
  if (words.length === 0) return [{ text, hit: false }];
  const pattern = words.map((term) => term.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  return text
    .split(new RegExp(`(${pattern})`, 'gi'))
    .map((part, index) => ({ text: part, hit: index % 2 === 1 }))
    .filter((part) => part.text !== '');
}

/**
 * A description without the system's mark in front: `[auction] Places a bid.` reads `Places a bid.` under the system's
 * heading.
 */
export function readable(description: string | null): string {
  return (description ?? '').replace(/^\[[\w-]+\]\s*/, '').trim();
}

/** Every word occurs in the item or in its system's heading, and at least one in the item itself. */
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
