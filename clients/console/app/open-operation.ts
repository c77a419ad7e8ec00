import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import type { EditorOperation } from '../catalog/root-operation.ts';

/**
 * Opens an operation in the editor, ready to run, without losing the content there: in the tab that already contains it, in the
 * active tab if that is empty, otherwise in a new tab.
 */
export function useOpenOperation(): (operation: EditorOperation) => void {
  const { addTab, changeTab, stop, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor'),
  );
  return ({ query, variables }) => {
    if (!queryEditor) return;
    const same = tabs.findIndex((tab) => text(tab.query) === text(query) && text(tab.variables) === text(variables));
    if (same >= 0) {
      if (same !== activeTabIndex) changeTab(same);
    } else {
      if (queryEditor.getValue().trim() !== '') {
        // GraphiQL would continue to write a running subscription's events into the new tab.
        stop();
        addTab();
      }
      updateActiveTabValues({ query, variables });
      queryEditor.setValue(query);
      variableEditor?.setValue(variables ?? '');
    }
    if (variables) unfoldVariables();
    if (isPhone()) foldPanel();
    queryEditor.focus();
  };
}

/** Whether the page is as narrow as a phone, as in style.css. */
function isPhone(): boolean {
  return window.matchMedia('(max-width: 600px)').matches;
}

/** On a phone the panel covers the opened operation. GraphiQL folds it only with its own button. */
function foldPanel(): void {
  document.querySelector<HTMLElement>('.graphiql-sidebar button[aria-label^="Hide "]')?.click();
}

/** Variables to fill in must be visible. GraphiQL unfolds its lower editors only with its own button. */
function unfoldVariables(): void {
  document.querySelector<HTMLElement>('.graphiql-editors button[aria-label="Show editor tools"]')?.click();
}

function text(value: string | null | undefined): string {
  return (value ?? '').trim();
}
