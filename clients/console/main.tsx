import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './style.css';
import { createRoot } from 'react-dom/client';
import { Console } from './app/console.tsx';
import { isFirstVisit, welcome } from './app/welcome.ts';
import { Catalog } from './catalog/catalog.ts';
import { ChartChoices } from './chart/choices.ts';
import { EXPLAIN } from './graph/explain.ts';
import { createConsoleFetcher } from './graph/fetcher.ts';
import { LiveConnection } from '../sdk/live.ts';
import { ENDPOINT } from '../sdk/transport.ts';
import { Answers } from './result/answers.ts';
import { ViewChoice } from './result/view.ts';
import { Library } from './saved/library.ts';
import { readFragment } from './saved/link.ts';
import { Session } from './session/session.ts';
import { Store } from './store.ts';
import type { GraphQLSchema } from 'graphql';
import type { EditorOperation } from './catalog/root-operation.ts';
import type { SharedOperation } from './saved/link.ts';
import type { ConsoleParts, Notice } from './app/parts.ts';

/** Milliseconds that the page waits for the catalog, from which a first visitor's operation comes. */
const WELCOME_TIMEOUT = 3_000;

const socketUrl = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${ENDPOINT}`;

const session = new Session();
const parts: ConsoleParts = {
  session,
  catalog: new Catalog(session),
  answers: new Answers(),
  charts: new ChartChoices(),
  view: new ViewChoice(),
  shownChart: new Store<SharedOperation['chart']>(null),
  library: new Library(),
  notice: new Store<Notice | null>(null),
  accountOpen: new Store(false),
};
const schema = new Store<GraphQLSchema | null>(null);
const fetcher = createConsoleFetcher({
  session,
  live: new LiveConnection(session, socketUrl, { extensions: EXPLAIN }),
  answers: parts.answers,
  schema: () => schema.get(),
});

session.start();
const loaded = parts.catalog.load();
const first = isFirstVisit();
const linked = await readFragment(location.hash);
if (first && !linked) await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, WELCOME_TIMEOUT))]);

const page = document.getElementById('console');
if (!page) throw new Error('The page has no element for the console');
createRoot(page).render(
  <Console
    parts={parts}
    fetcher={fetcher}
    first={first ? firstOperation() : null}
    onSchema={(next) => schema.set(next)}
  />,
);

/** A first visitor who followed a link sees only its operation. */
function firstOperation(): EditorOperation {
  if (linked === null || linked === 'damaged') return welcome(parts.catalog.state.get().systems);
  return { query: linked.query, variables: linked.variables.trim() === '' ? null : linked.variables };
}
