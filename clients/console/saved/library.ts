import { readChoice } from '../chart/choice.ts';
import { readView } from '../result/view-names.ts';
import { Store } from '../store.ts';
import type { SharedOperation } from './link.ts';

export interface SavedQuery extends SharedOperation {
  readonly id: string;
  /** RFC 3339. */
  readonly savedAt: string;
}

const KEY = 'ensemble:saved';
/** Browsers store only a few megabytes, and a longer list is hard to use. */
export const MAX_SAVED = 300;

/**
 * The saved queries of this browser, newest first; shared by its tabs. They belong to the browser and not to the signed-in user: they
 * contain no answers, headers or secrets, and can be shared by link.
 */
export class Library {
  readonly saved = new Store<readonly SavedQuery[]>(read());

  constructor() {
    window.addEventListener('storage', (event) => {
      // A null key means that everything was cleared.
      if (event.key === KEY || event.key === null) this.saved.set(read());
    });
  }

  /**
   * Saves an operation under a unique name; saving the same operation again replaces the older entry and keeps its name. Returns null,
   * and saves nothing, if there is no more room.
   */
  save(operation: SharedOperation): SavedQuery | null {
    const stored = read();
    const same = stored.find((entry) => entry.query === operation.query && entry.variables === operation.variables);
    const others = stored.filter((entry) => entry !== same);
    if (others.length >= MAX_SAVED) return null;
    const name = same?.name ?? freeName(operation.name, new Set(others.map((entry) => entry.name)));
    const entry = { ...operation, name, id: same?.id ?? newId(), savedAt: new Date().toISOString() };
    return this.write([entry, ...others]) ? entry : null;
  }

  /** Restores a removed entry. */
  restore(entry: SavedQuery): boolean {
    return this.write([entry, ...read().filter(({ id }) => id !== entry.id)]);
  }

  rename(id: string, name: string): boolean {
    return this.write(read().map((entry) => (entry.id === id ? { ...entry, name } : entry)));
  }

  remove(id: string): boolean {
    return this.write(read().filter((entry) => entry.id !== id));
  }

  /** Callers start from the stored list, which another tab may have changed. */
  private write(next: readonly SavedQuery[]): boolean {
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch (error) {
      // The browser's storage is full: existing entries stay.
      if (error instanceof DOMException) return false;
      throw error;
    }
    this.saved.set(next);
    return true;
  }
}

function read(): readonly SavedQuery[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? stored.flatMap(readEntry) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function readEntry(value: unknown): SavedQuery[] {
  if (typeof value !== 'object' || value === null) return [];
  const { id, name, query, variables, view, chart, savedAt } = value as Record<string, unknown>;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof query !== 'string') return [];
  const { key, choice } = (typeof chart === 'object' && chart !== null ? chart : {}) as Record<string, unknown>;
  const read = readChoice(choice);
  return [
    {
      id,
      name,
      query,
      variables: typeof variables === 'string' ? variables : '',
      view: readView(view),
      chart: typeof key === 'string' && read ? { key, choice: read } : null,
      savedAt: typeof savedAt === 'string' ? savedAt : '',
    },
  ];
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted} (${number})`;
  return name;
}

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join('');
}
