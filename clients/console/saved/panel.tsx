import { useState } from 'react';
import { useParts } from '../app/parts.ts';
import { useStore } from '../store.ts';
import { kindOf } from './secrets.ts';
import { share, useOpenShared } from './sharing.ts';
import type { GraphiQLPlugin } from '@graphiql/react';
import type { ReactElement } from 'react';
import type { SavedQuery } from './library.ts';

const TITLE = 'Saved queries';

/** The saved queries of this browser: open, share, rename, delete. */
export const SAVED_PLUGIN: GraphiQLPlugin = { title: TITLE, icon: SavedIcon, content: SavedPanel };

function SavedPanel(): ReactElement {
  const { library } = useParts();
  const saved = useStore(library.saved);
  const [wanted, setWanted] = useState('');
  const text = wanted.trim().toLowerCase();
  const found = saved.filter(({ name, query }) => `${name}\n${query}`.toLowerCase().includes(text));
  return (
    <section className="console-systems" aria-label={TITLE} data-testid="saved-panel">
      <header className="console-systems-head">
        <h2>{TITLE}</h2>
        {saved.length > 0 && (
          <input
            className="console-input"
            type="search"
            placeholder="Search names and texts"
            aria-label="Search saved queries"
            spellCheck={false}
            autoComplete="off"
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
          />
        )}
        <p className="console-hint">
          Stored in this browser, without headers and secrets. Share one with others by its link.
        </p>
      </header>
      {saved.length === 0 && (
        <div className="console-empty" data-testid="saved-empty">
          <p>Nothing is saved yet.</p>
          <p className="console-hint">Write an operation and press the bookmark beside the editor.</p>
        </div>
      )}
      {saved.length > 0 && found.length === 0 && (
        <p className="console-empty">No saved query contains “{wanted.trim()}”.</p>
      )}
      <ul className="console-plain">
        {found.map((entry) => (
          <SavedItem key={entry.id} entry={entry} />
        ))}
      </ul>
    </section>
  );
}

function SavedItem({ entry }: { entry: SavedQuery }): ReactElement {
  const parts = useParts();
  const { library, notice } = parts;
  const open = useOpenShared();
  const [renaming, setRenaming] = useState(false);
  const kind = kindOf(entry.query) ?? 'query';

  function rename(name: string): void {
    if (name.trim() !== '' && name.trim() !== entry.name) library.rename(entry.id, name.trim().slice(0, 200));
    setRenaming(false);
  }

  function remove(): void {
    library.remove(entry.id);
    const undo = (): void => {
      library.restore(entry);
      notice.set(null);
    };
    notice.set({ tone: 'plain', words: `“${entry.name}” was deleted.`, action: { label: 'Undo', run: undo } });
  }

  return (
    <li className="console-saved" data-testid="saved-query" data-name={entry.name}>
      {renaming ? (
        <input
          className="console-input"
          data-testid="saved-name"
          aria-label={`New name of ${entry.name}`}
          defaultValue={entry.name}
          maxLength={200}
          // The user has just asked for it, in this place.
          autoFocus
          onFocus={(event) => event.target.select()}
          onBlur={(event) => rename(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') rename(event.currentTarget.value);
            if (event.key === 'Escape') setRenaming(false);
          }}
        />
      ) : (
        <button type="button" className="console-item" title={entry.query.slice(0, 600)} onClick={() => open(entry)}>
          <span className="console-item-head">
            <span className={`console-kind console-kind-${kind}`} title={kind} aria-label={kind}>
              {kind.charAt(0).toUpperCase()}
            </span>
            <span className="console-item-name">{entry.name}</span>
            {entry.view === 'chart' && <span className="console-chip">chart</span>}
          </span>
          <span className="console-item-text">{savedWords(entry)}</span>
        </button>
      )}
      <span className="console-saved-tools">
        <button type="button" onClick={() => void share(parts, entry, 0)} aria-label={`Copy a link to ${entry.name}`}>
          Link
        </button>
        <button type="button" onClick={() => setRenaming(true)} aria-label={`Rename ${entry.name}`}>
          Rename
        </button>
        <button type="button" onClick={remove} aria-label={`Delete ${entry.name}`}>
          Delete
        </button>
      </span>
    </li>
  );
}

function savedWords({ savedAt, variables }: SavedQuery): string {
  const day = new Date(savedAt);
  const when = Number.isNaN(day.getTime()) ? '' : day.toLocaleDateString('en-CA');
  return [when, variables.trim() === '' ? '' : 'with variables'].filter(Boolean).join(' · ');
}

function SavedIcon(): ReactElement {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 2.5h10v15l-5-4-5 4z" strokeLinejoin="round" />
    </svg>
  );
}
