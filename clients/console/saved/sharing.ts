import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { useOpenOperation } from '../app/open-operation.ts';
import { useParts } from '../app/parts.ts';
import { fragmentOf, MAX_LINK, readFragment } from './link.ts';
import { kindOf, nameOf, withoutSecrets } from './secrets.ts';
import type { ConsoleParts } from '../app/parts.ts';
import type { SharedOperation } from './link.ts';

/** The editor's content and the view of its answer, without secrets; null if it is empty. */
export function useCurrentOperation(): () => { operation: SharedOperation; removed: number } | null {
  const { view, shownChart } = useParts();
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  return () => {
    const written = queryEditor?.getValue() ?? '';
    if (written.trim() === '') return null;
    const { query, variables, removed } = withoutSecrets(written, variableEditor?.getValue() ?? '');
    const operation = { name: nameOf(query), query, variables, view: view.current.get(), chart: shownChart.get() };
    return { operation, removed };
  };
}

/** Opens a shared or saved operation in its view. It never runs by itself. */
export function useOpenShared(): (operation: SharedOperation) => void {
  const { charts, view } = useParts();
  const open = useOpenOperation();
  return (operation) => {
    if (operation.chart) charts.remember(operation.chart.key, operation.chart.choice);
    if (operation.view) view.show(operation.view);
    open({ query: operation.query, variables: operation.variables.trim() === '' ? null : operation.variables });
  };
}

/** Opens the operation in the page's URL, if any, and removes it from the URL. */
export function SharedLink(): null {
  const parts = useParts();
  const open = useOpenShared();
  const { queryEditor } = useGraphiQL(pick('queryEditor'));
  const latest = useRef(open);
  latest.current = open;
  useEffect(() => {
    if (!queryEditor) return undefined;
    const look = (): void => void openFragment(parts, (operation) => latest.current(operation));
    look();
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, [parts, queryEditor]);
  return null;
}

async function openFragment(parts: ConsoleParts, open: (operation: SharedOperation) => void): Promise<void> {
  const found = await readFragment(location.hash);
  if (found === null) return;
  // Reloading the page must not open it again over later changes.
  history.replaceState(null, '', location.pathname + location.search);
  if (found === 'damaged') {
    parts.notice.set({
      tone: 'warning',
      words: 'The link is damaged or was cut off: it contains no operation to open.',
    });
    return;
  }
  open(found);
  const mutation = kindOf(found.query) === 'mutation';
  parts.notice.set(
    mutation
      ? { tone: 'warning', words: 'This link contains a mutation: it changes data once you run it. Read it first.' }
      : { tone: 'plain', words: `“${found.name || 'An operation'}” was opened from a link. Nothing has run yet.` },
  );
}

/** Copies the link of an operation, and shows what it contains. */
export async function share(parts: ConsoleParts, operation: SharedOperation, removed: number): Promise<void> {
  const link = location.origin + location.pathname + (await fragmentOf(operation));
  if (link.length > MAX_LINK) {
    const length = link.length.toLocaleString('en');
    parts.notice.set({
      tone: 'warning',
      words: `The link would have ${length} characters, and many programs cut off links of more than ${MAX_LINK.toLocaleString('en')}. Copy the operation instead.`,
    });
    return;
  }
  const copied = await copy(link);
  const parts_ = [
    copied ? 'The link is copied.' : 'Copy the link:',
    'It contains the operation, never headers.',
    leftOut(removed),
  ];
  parts.notice.set({ tone: 'plain', words: parts_.filter(Boolean).join(' '), text: link });
}

/** The number of removed secrets, in words. */
export function leftOut(removed: number): string {
  if (removed === 0) return '';
  return removed === 1 ? 'One secret was left out.' : `${removed} secrets were left out.`;
}

/** The clipboard exists only on https and localhost, and may be forbidden. */
async function copy(text: string): Promise<boolean> {
  if (!('clipboard' in navigator)) return false;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
