import { Kind } from 'graphql';
import { chooseOperation } from '../graph/operation.ts';
import { post } from '../../sdk/transport.ts';
import { Store } from '../store.ts';
import { isJsonObject } from '../../sdk/json.ts';
import type { CatalogSystem } from './search.ts';
import type { Session } from '../session/session.ts';

/** The names here are the contract with the hub. */
const CATALOG = /* GraphQL */ `
  query Catalog {
    catalog {
      systems {
        name
        title
        description
        roots {
          name
          kind
          description
          access
          facts
        }
        examples {
          name
          description
          operation
          variables
          public
        }
      }
    }
  }
`;

export interface CatalogState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly systems: readonly CatalogSystem[];
  /** Why it could not be read. */
  readonly failure: string | null;
}

/** Reads the catalog once and again on demand; keeps the last one if a new attempt fails. */
export class Catalog {
  readonly state = new Store<CatalogState>({ status: 'loading', systems: [], failure: null });
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  async load(): Promise<void> {
    this.state.update((state) => ({ ...state, status: 'loading' }));
    const { result } = await post({ query: CATALOG, operationName: 'Catalog' }, await this.session.headers());
    const catalog = isJsonObject(result.data) ? result.data['catalog'] : null;
    const systems = isJsonObject(catalog) ? (catalog['systems'] as unknown as CatalogSystem[] | null) : null;
    if (Array.isArray(systems)) {
      this.state.set({ status: 'ready', systems: systems.map(complete), failure: null });
      return;
    }
    const failure = result.errors?.[0]?.message ?? 'The server sent no catalog.';
    this.state.update((state) => ({ ...state, status: 'failed', failure }));
  }
}

/** Completes lists that are null because their system is down. */
function complete(system: CatalogSystem): CatalogSystem {
  const roots = (system.roots ?? []).map((root) => ({ ...root, facts: root.facts ?? [] }));
  const examples = (system.examples ?? []).map((example) => ({ ...example, roots: rootsOf(example.operation) }));
  return { ...system, roots, examples };
}

/** The names of the root fields of a document's first operation. */
function rootsOf(document: string): string[] {
  const selections = chooseOperation(document, null)?.operation.selectionSet.selections ?? [];
  return selections.flatMap((selection) => (selection.kind === Kind.FIELD ? [selection.name.value] : []));
}
