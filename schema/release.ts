import { readdir, readFile, writeFile } from 'node:fs/promises';
import {
  buildSchema,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  stripIgnoredCharacters,
  visit,
  type GraphQLSchema,
} from 'graphql';
import { changesBetween, type Changes, type Registered } from './changes.ts';

/** The folder of the last release: its schema, the operations that were registered then, and the breaking changes accepted since. */
const folder = new URL('./release/', import.meta.url);

/** The last release; null before the first. */
export interface Release {
  schema: GraphQLSchema;
  operations: readonly Registered[];
  accepted: ReadonlySet<string>;
}

export async function readRelease(): Promise<Release | null> {
  const sdl = await readFile(new URL('api.graphql', folder), 'utf8').catch(() => null);
  if (sdl === null) return null;
  const listed = JSON.parse(await readFile(new URL('operations.json', folder), 'utf8')) as Record<string, string>;
  const accepted = await readFile(new URL('accepted.tsv', folder), 'utf8').catch(() => '');
  return {
    schema: buildSchema(sdl),
    operations: Object.entries(listed).map(([name, text]) => ({ name, text })),
    accepted: new Set(
      accepted
        .split('\n')
        .slice(1)
        .flatMap((line) => {
          const [sentence = '', reason = ''] = line.split('\t');
          // An acceptance without a reason is none.
          return reason.trim() === '' ? [] : [sentence];
        }),
    ),
  };
}

/** What has changed since the last release, for clients of it and for more operations, such as those of a manifest. */
export function changesSince(release: Release, api: GraphQLSchema, more: readonly Registered[] = []): Changes {
  const { schema, operations, accepted } = release;
  return changesBetween(schema, api, { operations: [...operations, ...more], accepted });
}

const headings: Record<keyof Changes, string> = {
  refused: 'Breaking, and refused',
  allowed: 'Breaking',
  deprecated: 'Deprecated',
  dangerous: 'Dangerous',
  added: 'Added',
};

const title = '# Changelog of the schema\n';
const sections = /^## (?!Unreleased)/m;

/** The changelog with what has changed since the last release on top of what it says of releases. */
export function changelogOf(before: string, changes: Changes | null): string {
  const at = before.search(sections);
  const past = at < 0 ? '' : before.slice(at);
  const body = changes === null ? '' : bodyOf(changes);
  return [title, ...(body === '' ? [] : [`## Unreleased\n\n${body}`]), past].filter((part) => part !== '').join('\n');
}

function bodyOf(changes: Changes): string {
  const parts = (Object.keys(headings) as (keyof Changes)[]).flatMap((kind) =>
    changes[kind].length === 0
      ? []
      : [`### ${headings[kind]}\n\n${changes[kind].map((each) => `- ${each}\n`).join('')}`],
  );
  return parts.join('\n');
}

/** Makes today's schema the last release, under a name. Throws if it breaks clients of the one before. */
export async function writeRelease(
  name: string,
  {
    api,
    operations,
    changelog,
    today,
  }: { api: string; operations: readonly Registered[]; changelog: string; today: string },
): Promise<string> {
  const release = await readRelease();
  const changes = release && changesSince(release, buildSchema(api));
  if (changes && changes.refused.length > 0)
    throw new Error(`The release would break clients:\n- ${changes.refused.join('\n- ')}`);
  const body = changes ? bodyOf(changes) : 'The first release.\n';
  const past = changelog.search(sections) < 0 ? '' : `\n${changelog.slice(changelog.search(sections))}`;
  // Clients notice no descriptions.
  const bare = visit(parse(printSchema(lexicographicSortSchema(buildSchema(api)))), {
    enter: (node) => ('description' in node && node.description ? { ...node, description: undefined } : undefined),
  });
  await writeFile(new URL('api.graphql', folder), `${print(bare).trim()}\n`);
  const texts = operations.map((each) => [each.name, stripIgnoredCharacters(each.text)] as const);
  await writeFile(new URL('operations.json', folder), `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`);
  await writeFile(new URL('accepted.tsv', folder), 'change\treason\n');
  return `${title}\n## ${name} (${today})\n\n${body === '' ? 'No changes for clients.\n' : body}${past}`;
}

/** The operations of `schema/operations`, by their paths. */
export async function registeredOperations(): Promise<Registered[]> {
  const root = new URL('./operations/', import.meta.url);
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.graphql')).toSorted();
  return Promise.all(files.map(async (name) => ({ name, text: await readFile(new URL(name, root), 'utf8') })));
}

/** The documents of a manifest `{ "<id>": "<text>" }`, by the names of their operations. */
export async function manifestOperations(path: string): Promise<Registered[]> {
  const listed = JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
  return Object.entries(listed).map(([id, text]) => {
    const [operation] = parse(text).definitions;
    const name = operation && 'name' in operation ? operation.name?.value : undefined;
    return { name: `${name ?? id} of ${path}`, text };
  });
}
