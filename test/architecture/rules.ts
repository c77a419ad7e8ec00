import { isBuiltin } from 'node:module';
import { type SourceFile, type Syntax, packageOf, syntaxOf } from './source.ts';

/**
 * The rules of the house that a file's syntax can show. Each returns one sentence per violation. Rules that the linter checks better
 * (floating promises) are left to it.
 */
export type Rule = (file: SourceFile, syntax: Syntax) => string[];

/** A file of twice the usual size hides another noun. */
export const maxLines = 400;

/** Files that may read the environment; the same list as in `.oxlintrc.json`. */
const configFiles = [
  /^platform\/config\//,
  /^gateway\/config(\.ts$|\/)/,
  /^clients\/[^/]+\/config\.ts$/,
  /^bench\/config\.ts$/,
  /^test\/testkit\/config\.ts$/,
];
/** Files whose tool needs a default export. */
const toolConfigs = [/^[^/]+\.config\.ts$/, /^clients\/[^/]+\/[^/]+\.config\.ts$/, /^codegen\.ts$/];

interface Place {
  /** The top folder; '' for files in the root. */
  zone: string;
  /** The OS or client; null for other files. */
  member: string | null;
  /** The path within the OS or client, else within the zone. */
  rest: string;
}

function placeOf(path: string): Place {
  const [zone = '', ...within] = path.split('/');
  if (within.length === 0) return { zone: '', member: null, rest: path };
  const hasMember = (zone === 'subgraphs' || zone === 'clients') && within.length > 1;
  return { zone, member: hasMember ? (within[0] ?? null) : null, rest: within.slice(hasMember ? 1 : 0).join('/') };
}

/** Folders of platform/ that build on all others, lowest first: each imports what is below it and nothing above it. */
const floors = ['input', 'subgraph', 'serving', 'house'];

/** Whether a file of platform/ imports a folder above its own. */
function looksUp(here: Place, there: Place): boolean {
  const floorOf = ({ rest }: Place): number => floors.indexOf(rest.split('/', 1)[0] ?? '');
  return floorOf(there) > floorOf(here);
}

/** The start opens the OSes of its process, and tells who can sign in there. */
const starts = ['gateway/start.ts', 'gateway/welcome.ts'];
const makeOperators = ['subgraphs/operator.ts', 'subgraphs/embedded.ts'];

/** Why the file at `from` may not import the file at `to`; `null` when it may. */
function forbidden(from: string, to: string): string | null {
  const here = placeOf(from);
  const there = placeOf(to);
  const sameFolder = here.zone === there.zone && here.member === there.member;
  if (there.zone === 'test' && here.zone !== 'test' && here.zone !== 'bench' && from !== 'vitest.config.ts') {
    return 'only tests and benchmarks import the tests';
  }
  switch (here.zone) {
    case 'platform':
      if (there.zone !== 'platform') return 'platform stands on nothing but itself';
      return looksUp(here, there)
        ? `in platform/ the rooms ${floors.join(', ')} stand on one another in this order`
        : null;
    case 'gateway':
      if (there.zone === 'gateway' || there.zone === 'platform') return null;
      if (there.zone === 'schema') return to.endsWith('.ts') ? 'the gateway reads schema/ and runs none of it' : null;
      if (starts.includes(from) && to === 'subgraphs/embedded.ts') return null;
      return `the gateway knows no subgraph; ${starts.join(' and ')} alone import subgraphs/embedded.ts`;
    case 'clients':
      if (sameFolder || (there.zone === 'clients' && there.member === 'sdk')) return null;
      if (to.startsWith('schema/generated/') || to.startsWith('schema/operations/')) return null;
      return 'a client speaks GraphQL and imports its own folder, the SDK and generated types only';
    case 'subgraphs':
      if (there.zone === 'platform' || sameFolder) return null;
      if (there.zone !== 'subgraphs') return 'a subgraph imports platform/ and its own folder';
      if (here.member === null) {
        if (there.rest === 'subgraph.ts') return null;
        if (from === 'subgraphs/embedded.ts' && there.member === 'demo') return null;
        if (makeOperators.includes(from) && to.startsWith('subgraphs/identity/operator/')) return null;
        return 'of an OS the registry and the programs import its subgraph.ts, and of identity what makes operators';
      }
      if (there.member !== null && here.rest === 'reactions.ts' && there.rest === 'events.ts') return null;
      return 'an OS imports of another one its events.ts only, and from its own reactions.ts only';
    default:
      return null;
  }
}

/** Imports between platform, gateway, clients and OSes. */
const borders: Rule = (file, { imports }) =>
  imports.flatMap(({ target }) => {
    const reason = target === null ? null : forbidden(file.path, target);
    return reason === null ? [] : [`imports ${target}: ${reason}`];
  });

/**
 * The roles inside an OS and what each may import of other roles, from the bottom to the top:
 *
 * - `entity`: a table.
 * - `policy`: rules, such as who may see or do what.
 * - `noun`: what clients see of a table, with its lists and filters. `type`, `input`, `query`: types and reads that no noun declares.
 * - `service`: work that several files of the next line need.
 * - `mutations`, `streams`, `fields` (added to the type of a noun), `resolver`, `worker`: where work begins. Only subgraph.ts imports
 *   them; what two of them share is a service.
 *
 * Files without a role, events and permissions among them, may be imported by all.
 */
const written = ['type', 'input', 'query'];
const below = ['service', 'noun', ...written, 'policy', 'entity'];
const mayImport: Record<string, string[]> = {
  entity: ['entity'],
  policy: ['policy', 'entity'],
  noun: ['noun', 'type', 'policy', 'entity'],
  type: [...written, 'entity'],
  input: [...written, 'entity'],
  query: ['noun', ...written, 'policy', 'entity'],
  service: below,
  mutations: below,
  streams: below,
  fields: below,
  resolver: ['resolver', ...below],
  worker: ['service', 'policy', 'entity'],
};
const begins = new Set(['mutations', 'streams', 'fields', 'resolver', 'worker']);

/** The role in a file's name: `entity` of `auction.entity.ts`, `subgraph` of `subgraph.ts`. */
function roleOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'subgraph.ts') return 'subgraph';
  const role = /\.([a-z]+)\.ts$/.exec(name)?.[1];
  return role !== undefined && role in mayImport ? role : null;
}

/** entity ← policy ← noun ← service ← mutations, streams, fields, resolver, worker ← subgraph.ts. */
const roles: Rule = (file, { imports }) => {
  const { zone, member } = placeOf(file.path);
  const role = roleOf(file.path);
  if (zone !== 'subgraphs' || member === null || role === 'subgraph') return [];
  const found: string[] = [];
  const suffix = /\.([^./]+)\.ts$/.exec(file.path)?.[1];
  if (suffix !== undefined && role === null)
    found.push(`.${suffix} is no role: use one of ${Object.keys(mayImport).join(', ')}`);
  for (const { specifier, target } of imports) {
    const other = target?.startsWith(`subgraphs/${member}/`) ? roleOf(target) : null;
    if (other === 'subgraph') found.push(`imports ${target}: only the registry imports a subgraph.ts`);
    else if (role === null && other !== null && begins.has(other)) {
      found.push(`imports ${target}: of ${other} only subgraph.ts imports any`);
    } else if (role !== null && other !== null && !mayImport[role]?.includes(other)) {
      found.push(`imports ${target}: ${role} imports no ${other}`);
    }
    if ((role === 'entity' || role === 'policy') && ['graphql', 'type-graphql'].includes(packageOf(specifier))) {
      found.push(`imports ${specifier}: a ${role} knows nothing of GraphQL`);
    }
  }
  return found;
};

const defaultExports: Rule = (file, { hasDefaultExport }) => {
  const read = toolConfigs.some((config) => config.test(file.path));
  return hasDefaultExport && !read ? ['has a default export: a name is the same everywhere'] : [];
};

const environment: Rule = (file, { readsEnvironment }) => {
  const read = configFiles.some((config) => config.test(file.path));
  return readsEnvironment && !read ? ['reads the environment: that is what the configuration is for'] : [];
};

/** Ending a stream at once is easy to get wrong, so one class does it for all; the SDK has its own, because it imports nothing of the house. */
const streams: Rule = (file, { definesAsyncIterator }) =>
  definesAsyncIterator && !file.path.startsWith('platform/streams/') && file.path !== 'clients/sdk/events.ts'
    ? ['writes an async iterator: use EventQueue of platform/streams/']
    : [];

const length: Rule = (file) => {
  const lines = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0);
  return lines > maxLines ? [`has ${lines} lines, ${maxLines} are the most`] : [];
};

/** The packages of package.json. */
export interface Packages {
  production: ReadonlySet<string>;
  development: ReadonlySet<string>;
}

/** Code that runs without the development dependencies imports none of them, except types. */
function dependencies({ production, development }: Packages): Rule {
  return (file, { imports }) => {
    const { zone, member } = placeOf(file.path);
    const runs = ['platform', 'gateway', 'subgraphs'].includes(zone) || (zone === 'clients' && member === 'loader');
    if (!runs) return [];
    return imports.flatMap(({ specifier, target, typeOnly }) => {
      const name = packageOf(specifier);
      if (target !== null || isBuiltin(specifier) || production.has(name)) return [];
      if (typeOnly && (development.has(name) || development.has(`@types/${name}`))) return [];
      return [`imports ${specifier}, which is not among the dependencies of package.json`];
    });
  };
}

/** All violations in these files, as "path: sentence". */
export function violations(files: SourceFile[], packages: Packages): string[] {
  const rules = [borders, roles, defaultExports, environment, streams, length, dependencies(packages)];
  return files.flatMap((file) => {
    const syntax = syntaxOf(file);
    return rules.flatMap((rule) => rule(file, syntax)).map((sentence) => `${file.path}: ${sentence}`);
  });
}
