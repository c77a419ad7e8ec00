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

/** Values that GraphiQL would otherwise take for new ones at each render. */
const PLUGINS = [SYSTEMS_PLUGIN, SAVED_PLUGIN, explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];
/** Scalars whose variables may be any JSON; the editor would mark objects as wrong. */
const ANY_JSON = { JSON: {}, JSONObject: {} };

const OPEN_PANEL = { visiblePlugin: SYSTEMS_PLUGIN };

/** On a narrow page, as in style.css, the panel and the variables would leave too little of the editor: they open on demand. */
function isNarrow(): boolean {
  return window.matchMedia('(max-width: 900px)').matches;
}

interface ConsoleProps {
  readonly parts: ConsoleParts;
  readonly fetcher: Fetcher;
  /** Shown to a first visitor; null for everyone else, whose tabs are kept. */
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

/** Tells the answers which editor tab is in front, and ends a subscription whose tab has been left. */
function ActiveTab(): null {
  const { answers } = useParts();
  const { stop } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  const id = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id ?? '');
  useLayoutEffect(() => answers.activeTab.set(id), [answers, id]);
  useEffect(() => {
    // Beside the panel the editor is narrow: what is longer is to be seen without scrolling sideways.
    for (const editor of [queryEditor, variableEditor]) {
      editor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'indent' });
    }
  }, [queryEditor, variableEditor]);
  useEffect(() => stop, [id, stop]);
  useEffect(() => {
    // The editor is one for all tabs, and would keep the place to which another tab's text was scrolled.
    queryEditor?.setScrollPosition({ scrollLeft: 0, scrollTop: 0 });
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [id, queryEditor]);
  return null;
}

/** The editors follow the system's theme when it changes while the page is open; GraphiQL itself asks only once. */
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
