import { pick, useGraphiQL } from '@graphiql/react';
import { useDeferredValue, useEffect, useMemo } from 'react';
import { flushSync } from 'react-dom';
import { useOpenOperation } from '../app/open-operation.ts';
import { useParts } from '../app/parts.ts';
import { Store, useStore } from '../store.ts';
import { rootOperation } from './root-operation.ts';
import { searchCatalog, searchTerms } from './search.ts';
import { SystemSection } from './system-section.tsx';
import type { GraphiQLPlugin } from '@graphiql/react';
import type { ReactElement } from 'react';
import type { CatalogRoot } from './search.ts';

const TITLE = 'Systems';
const SEARCH_ID = 'console-systems-search';

/** Stored outside of the panel, which is unmounted when another one is shown. */
const searched = new Store('');
const unfolded = new Store<ReadonlySet<string>>(new Set());

/** Every system of the graph with its roots and examples, from the catalog. */
export const SYSTEMS_PLUGIN: GraphiQLPlugin = { title: TITLE, icon: SystemsIcon, content: SystemsPanel };

function SystemsPanel(): ReactElement {
  const { catalog, session } = useParts();
  const { status, systems, failure } = useStore(catalog.state);
  const { viewer } = useStore(session.state);
  const text = useStore(searched);
  const open = useStore(unfolded);
  const { schema } = useGraphiQL(pick('schema'));
  const openOperation = useOpenOperation();

  // Keeps typing fluent while hundreds of roots are searched and drawn.
  const wanted = useDeferredValue(text);
  const found = useMemo(() => searchCatalog(systems, wanted), [systems, wanted]);
  const terms = useMemo(() => searchTerms(wanted), [wanted]);

  function openRoot(root: CatalogRoot): void {
    const operation = schema && rootOperation(schema, root.kind, root.name, () => `console-${randomText()}`);
    if (operation) openOperation(operation);
  }

  return (
    <section className="console-systems" aria-label={TITLE} data-testid="systems-panel">
      <header className="console-systems-head">
        <h2>{TITLE}</h2>
        <input
          id={SEARCH_ID}
          className="console-input"
          data-testid="systems-search"
          type="search"
          placeholder="Search names and descriptions"
          aria-label="Search systems, roots and examples"
          aria-keyshortcuts="Control+K Meta+K"
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => searched.set(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') searched.set('');
          }}
        />
        <p className="console-hint" role="status" data-testid="systems-count">
          {status === 'ready' && countText(found, terms.length > 0)}
        </p>
      </header>
      {status === 'loading' && systems.length === 0 && <p className="console-hint">Reading the catalog…</p>}
      {status === 'failed' && (
        <div className="console-empty" role="alert" data-testid="systems-failure">
          <p>The catalog could not be read.</p>
          <p className="console-hint">{failure}</p>
          <button type="button" className="graphiql-button" onClick={() => void catalog.load()}>
            Try again
          </button>
        </div>
      )}
      {status === 'ready' && systems.length === 0 && <p className="console-empty">This graph lists no systems yet.</p>}
      {systems.length > 0 && found.length === 0 && (
        <div className="console-empty">
          <p>No name and no description contains “{wanted.trim()}”.</p>
          <button type="button" className="graphiql-button" onClick={() => searched.set('')}>
            Show everything
          </button>
        </div>
      )}
      <ul className="console-plain">
        {found.map((system) => (
          <SystemSection
            key={system.name}
            system={system}
            terms={terms}
            open={terms.length > 0 || open.has(system.name)}
            signedIn={viewer !== null}
            canOpenRoots={Boolean(schema)}
            onToggle={() => unfolded.update((names) => toggled(names, system.name))}
            onRoot={openRoot}
            onExample={(example) => openOperation({ query: example.operation, variables: indented(example.variables) })}
          />
        ))}
      </ul>
    </section>
  );
}

/** Ctrl-K, or Cmd-K on a Mac, shows the panel and focuses its search box. */
export function SystemsShortcut(): null {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k')
        return;
      event.preventDefault();
      event.stopPropagation();
      if (goToSearch()) return;
      // GraphiQL unfolds its panel only with its own button. All of it synchronously: no keystroke of a fast typist is lost.
      const button = document.querySelector<HTMLElement>(`.graphiql-sidebar button[aria-label="Show ${TITLE}"]`);
      flushSync(() => button?.click());
      goToSearch();
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, []);
  return null;
}

/** Focuses the search box and selects its text, if it exists. Returns whether it does. */
function goToSearch(): boolean {
  const box = document.querySelector<HTMLInputElement>(`#${SEARCH_ID}`);
  box?.select();
  return box !== null;
}

function countText(
  systems: readonly { roots: readonly unknown[]; examples: readonly unknown[] }[],
  searching: boolean,
): string {
  const roots = systems.reduce((sum, system) => sum + system.roots.length, 0);
  const examples = systems.reduce((sum, system) => sum + system.examples.length, 0);
  const counts = [plural(systems.length, 'system'), plural(roots, 'root'), plural(examples, 'example')].join(' · ');
  return searching ? `Found in ${counts}` : counts;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The catalog has variables on one line, which is hard to edit in a narrow pane. */
function indented(json: string | null): string | null {
  return json && JSON.stringify(JSON.parse(json), null, 2);
}

function toggled(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(names);
  if (!next.delete(name)) next.add(name);
  return next;
}

/** Web crypto's randomUUID exists only on https and localhost; this works everywhere. */
function randomText(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('');
}

function SystemsIcon(): ReactElement {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <rect x="2" y="2" width="6.5" height="6.5" rx="1.5" />
      <rect x="11.5" y="2" width="6.5" height="6.5" rx="1.5" />
      <rect x="2" y="11.5" width="6.5" height="6.5" rx="1.5" />
      <rect x="11.5" y="11.5" width="6.5" height="6.5" rx="1.5" />
    </svg>
  );
}
