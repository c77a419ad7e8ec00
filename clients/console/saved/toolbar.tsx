import { ToolbarButton } from '@graphiql/react';
import { useParts } from '../app/parts.ts';
import { leftOut, share, useCurrentOperation } from './sharing.ts';
import { MAX_SAVED } from './library.ts';
import type { ReactElement, ReactNode } from 'react';

interface ToolbarProps {
  readonly prettify: ReactNode;
  readonly merge: ReactNode;
  readonly copy: ReactNode;
}

/** GraphiQL's own tools, and below them the buttons to save and to share. */
export function ConsoleToolbar({ prettify, merge, copy }: ToolbarProps): ReactElement {
  const parts = useParts();
  const current = useCurrentOperation();

  function save(): void {
    const found = current();
    if (!found) return parts.notice.set({ tone: 'plain', words: 'There is nothing to save yet.' });
    const entry = parts.library.save(found.operation);
    if (!entry) {
      const words = `There is no more room: at most ${MAX_SAVED} queries can be saved. Delete some under Saved queries first.`;
      return parts.notice.set({ tone: 'warning', words });
    }
    const words = [`Saved as “${entry.name}” in this browser.`, leftOut(found.removed)];
    parts.notice.set({ tone: 'plain', words: words.filter(Boolean).join(' ') });
  }

  function shareCurrent(): void {
    const found = current();
    if (found) void share(parts, found.operation, found.removed);
    else parts.notice.set({ tone: 'plain', words: 'There is nothing to share yet.' });
  }

  return (
    <>
      {prettify}
      {merge}
      {copy}
      <ToolbarButton label="Save this query in this browser" data-testid="save-query" onClick={save}>
        <svg viewBox="0 0 20 20" className="graphiql-toolbar-icon" aria-hidden="true">
          <path d="M5 2.5h10v15l-5-4-5 4z" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
        </svg>
      </ToolbarButton>
      <ToolbarButton label="Copy a link to this query" data-testid="share-query" onClick={shareCurrent}>
        <svg viewBox="0 0 20 20" className="graphiql-toolbar-icon" aria-hidden="true">
          <path
            d="M8.5 11.5a3.5 3.5 0 0 0 5 0l3-3a3.5 3.5 0 0 0-5-5l-1 1m1 4a3.5 3.5 0 0 0-5 0l-3 3a3.5 3.5 0 0 0 5 5l1-1"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinecap="round"
          />
        </svg>
      </ToolbarButton>
    </>
  );
}
