import { explorerPlugin } from '@graphiql/plugin-explorer';
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect, useLayoutEffect } from 'react';
import { SYSTEMS_PLUGIN, SystemsShortcut } from '../catalog/panel.tsx';
import { ResultView } from '../result/result-view.tsx';
import { SAVED_PLUGIN } from '../saved/panel.tsx';
import { SharedLink } from '../saved/sharing.ts';
import { ConsoleToolbar } from '../saved/toolbar.tsx';
import { Account } from '../session/account.tsx';
import { Notices } from './notice.tsx';
import { PartsContext, useParts } from './parts.ts';
import type { Fetcher } from '@graphiql/toolkit';
import type { GraphQLSchema } from 'graphql';
import type { ReactElement } from 'react';
import type { EditorOperation } from '../catalog/root-operation.ts';
import type { ConsoleParts } from './parts.ts';

/** Constants, because GraphiQL would otherwise treat them as new values at each render. */
const PLUGINS = [SYSTEMS_PLUGIN, SAVED_PLUGIN, explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];
/** Scalars whose variables may be any JSON; the editor would mark objects as invalid. */
const ANY_JSON = { JSON: {}, JSONObject: {} };

const OPEN_PANEL = { visiblePlugin: SYSTEMS_PLUGIN };

/** Whether the page is narrow, as in style.css: then panel and variables are closed, because they leave too little of the editor. */
function isNarrow(): boolean {
  return window.matchMedia('(max-width: 900px)').matches;
}

interface ConsoleProps {
  readonly parts: ConsoleParts;
  readonly fetcher: Fetcher;
  /** Shown to a first visitor; null for returning ones, whose tabs are kept. */
  readonly first: EditorOperation | null;
  readonly onSchema: (schema: GraphQLSchema) => void;
}

/** The whole page: GraphiQL with the systems panel, sign-in and the result view. */
export function Console({ parts, fetcher, first, onSchema }: ConsoleProps): ReactElement {
  const beginning = first
    ? { initialQuery: first.query, initialVariables: first.variables ?? '', ...(!isNarrow() && OPEN_PANEL) }
    : {};
  return (
    <PartsContext value={parts}>
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        defaultEditorToolsVisibility={isNarrow() ? false : 'variables'}
        customScalarSchemas={ANY_JSON}
        inputValueDeprecation
        schemaDescription
        onSchemaChange={onSchema}
        {...beginning}
      >
        <GraphiQL.Logo>
          <Account />
        </GraphiQL.Logo>
        <GraphiQL.Toolbar>{(tools) => <ConsoleToolbar {...tools} />}</GraphiQL.Toolbar>
        <GraphiQL.Footer>
          <ResultView />
          <Notices />
        </GraphiQL.Footer>
        <ActiveTab />
        <SystemTheme />
        <SystemsShortcut />
        <SharedLink />
      </GraphiQL>
    </PartsContext>
  );
}

/** Tells the answers which editor tab is active, and stops a subscription when its tab is left. */
function ActiveTab(): null {
  const { answers } = useParts();
  const { stop } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  const id = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id ?? '');
  useLayoutEffect(() => answers.activeTab.set(id), [answers, id]);
  useEffect(() => {
    // Beside the panel the editor is narrow: longer lines must be visible without scrolling sideways.
    for (const editor of [queryEditor, variableEditor]) {
      editor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'indent' });
    }
  }, [queryEditor, variableEditor]);
  useEffect(() => stop, [id, stop]);
  useEffect(() => {
    // All tabs share one editor, which would keep the scroll position of another tab's text.
    queryEditor?.setScrollPosition({ scrollLeft: 0, scrollTop: 0 });
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [id, queryEditor]);
  return null;
}

/** Lets the editors follow the system's theme while the page is open; GraphiQL itself reads it only once. */
function SystemTheme(): null {
  const { setTheme } = useGraphiQLActions();
  const { theme } = useGraphiQL(pick('theme'));
  useEffect(() => {
    if (theme !== null) return undefined;
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => setTheme(null);
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }, [theme, setTheme]);
  return null;
}
