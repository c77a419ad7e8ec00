import { readdir, readFile } from 'node:fs/promises';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import {
  lexicographicSortSchema,
  Kind,
  parse,
  print,
  printSchema,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { z } from 'zod';
import { houseAudiences } from '../platform/access/audiences.ts';
import { openDatabase, type Database } from '../platform/database/database.ts';
import { migrate } from '../platform/database/migrations.ts';
import { DeclarationFault } from '../platform/declare/fault.ts';
import type { ClassifiedColumn, ColumnClass } from '../platform/nouns/classification.ts';
import { scopesOf } from '../platform/subgraph/all-scopes.ts';
import { buildSubgraph } from '../platform/subgraph/build.ts';
import { columnsOfSubgraph } from '../platform/subgraph/classes.ts';
import { migrationsOf } from '../platform/house/migrations.ts';
import { routesOf } from '../platform/http/routes.ts';
import { audienceSchema } from '../platform/subgraph/audience-schema.ts';
import type { Subgraph } from '../platform/subgraph/subgraph.ts';
import { ownedNames, printNames, type OwnedName } from './names.ts';
import { changelogOf, changesSince, readRelease } from './release.ts';
import { printedExample, type BareRoot } from './printed-examples.ts';

/** The contracts of the house by their path below `schema/`. */
export type Contracts = Map<string, string>;

const here = new URL('./', import.meta.url);

/** The default URL of a subgraph in another process; SUBGRAPH_URLS of the gateway overrides it. */
const urlOf = (name: string): string => `http://${name}/graphql`;

/** The stubs of the hub have no id, so that routers ask an entity's owner even for the id alone. */
const isExpected = ({ definition: { code }, message }: { definition: { code: string }; message: string }): boolean =>
  code === 'INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD' && message.startsWith('Field "Node.id" ');

/** Prints all contracts: SDL, supergraph, API, facts, tables and the catalog. Composition errors and hints throw. */
export async function printContracts(subgraphs: readonly Subgraph[]): Promise<Contracts> {
  const contracts: Contracts = new Map();
  const names = ownedNames(subgraphs);
  contracts.set('names.tsv', printNames(names));
  for (const subgraph of subgraphs) contracts.set(`subgraphs/${subgraph.name}.graphql`, buildSubgraph(subgraph).sdl);
  const supergraph = composeSupergraph(subgraphs);
  contracts.set('supergraph.graphql', `${supergraph.trim()}\n`);
  const api = Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema();
  contracts.set('api.graphql', `${printSchema(lexicographicSortSchema(api)).trim()}\n`);
  const release = await readRelease();
  const changelog = await readFile(new URL('CHANGELOG.md', here), 'utf8').catch(() => '');
  if (release) contracts.set('CHANGELOG.md', changelogOf(changelog, changesSince(release, api)));
  for (const [path, text] of audienceSchemas(api, parse(supergraph))) contracts.set(path, text);
  for (const subgraph of subgraphs) {
    if (subgraph.facts.length > 0) contracts.set(`events/${subgraph.name}.json`, factsOf(subgraph));
  }
  const database = await openDatabase({ inMemory: true });
  try {
    await migrate(database, migrationsOf(subgraphs));
    for (const { os } of migrationsOf(subgraphs)) {
      const subgraph = subgraphs.find(({ name }) => name === os);
      const tables = await tablesOf(database, os, subgraph ? columnsOfSubgraph(subgraph) : []);
      if (tables !== null) contracts.set(`tables/${os}.sql`, tables);
    }
  } finally {
    await database.close();
  }
  for (const [path, text] of await printedExamples(subgraphs, api, names)) contracts.set(path, text);
  contracts.set('routes.json', `${JSON.stringify(routesOf(subgraphs), null, 2)}\n`);
  contracts.set('catalog.json', `${JSON.stringify(await catalogOf(subgraphs, contracts), null, 2)}\n`);
  return contracts;
}

export function composeSupergraph(subgraphs: readonly Subgraph[]): string {
  const services = subgraphs.map((subgraph) => ({
    name: subgraph.name,
    url: urlOf(subgraph.name),
    typeDefs: parse(buildSubgraph(subgraph).sdl),
  }));
  const { supergraphSdl, errors, hints } = composeServices(services);
  const faults = [
    ...(errors ?? []).map((error) => error.message),
    ...(hints ?? []).filter((hint) => !isExpected(hint)).map((hint) => `${hint.definition.code}: ${hint.message}`),
  ];
  if (faults.length > 0 || !supergraphSdl)
    throw new DeclarationFault(`The subgraphs do not compose:\n- ${faults.join('\n- ')}`);
  return supergraphSdl;
}

/** The schemas of the house's audiences, without descriptions. */
export function audienceSchemas(api: GraphQLSchema, supergraph: DocumentNode): Contracts {
  const tags = new Map<string, string[]>();
  const note = (coordinate: string, directives: readonly ConstDirectiveNode[] | undefined): void => {
    const found = (directives ?? []).flatMap(({ name, arguments: given }) =>
      name.value === 'tag' && given?.[0]?.value.kind === Kind.STRING ? [given[0].value.value] : [],
    );
    if (found.length > 0) tags.set(coordinate, found);
  };
  for (const each of supergraph.definitions) {
    if (each.kind !== Kind.OBJECT_TYPE_DEFINITION && each.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    note(each.name.value, each.directives);
    for (const field of each.fields ?? []) note(`${each.name.value}.${field.name.value}`, field.directives);
  }
  const bare = visit(parse(printSchema(lexicographicSortSchema(api))), {
    enter: (node) => ('description' in node && node.description ? { ...node, description: undefined } : undefined),
  });
  const known = new Set(houseAudiences.flatMap(({ include }) => include));
  return new Map(
    houseAudiences.map((rule) => {
      const tagsOf = (type: string, field?: string): string[] =>
        tags.get(field === undefined ? type : `${type}.${field}`) ?? [];
      const { definitions } = audienceSchema(bare.definitions, tagsOf, rule, known);
      return [`audiences/${rule.name}.graphql`, `${print({ kind: Kind.DOCUMENT, definitions })}\n`];
    }),
  );
}

/** The facts of an OS with their payloads as JSON Schema. */
function factsOf(subgraph: Subgraph): string {
  const facts = [...subgraph.facts].sort((a, b) => (a.type < b.type ? -1 : 1));
  const listed = facts.map(({ type, v, sentence, payload }) => ({
    type,
    v,
    description: sentence,
    payload: z.toJSONSchema(payload),
  }));
  return `${JSON.stringify({ os: subgraph.name, facts: listed }, null, 2)}\n`;
}

interface ColumnRow {
  table_name: string;
  column_name: string;
  type: string;
  is_nullable: boolean;
  default_value: string | null;
  collation: string | null;
}

/**
 * The tables of an OS for readers: columns by name with their classes, then indexes and constraints; null if there are none. Columns
 * without an entity belong to the platform or the database, and are internal.
 */
async function tablesOf(
  database: Database,
  schema: string,
  classified: readonly ClassifiedColumn[],
): Promise<string | null> {
  const classes = new Map(classified.map((each) => [`${each.table}.${each.column}`, each.class]));
  const columns = await database.query<ColumnRow>(
    `select c.relname as table_name, a.attname as column_name, format_type(a.atttypid, a.atttypmod) as type,
        not a.attnotnull as is_nullable, pg_get_expr(d.adbin, d.adrelid) as default_value,
        case when a.attcollation <> t.typcollation then co.collname end as collation
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_type t on t.oid = a.atttypid left join pg_collation co on co.oid = a.attcollation
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped order by c.relname, a.attname`,
    [schema],
  );
  const indexes = await database.query<{ tablename: string; indexdef: string }>(
    'select tablename, indexdef from pg_indexes where schemaname = $1 order by tablename, indexname',
    [schema],
  );
  if (columns.length === 0) return null;
  const tables = new Map<string, { text: string; class: ColumnClass }[]>();
  for (const row of columns) {
    const parts = [row.column_name, row.type];
    if (row.collation) parts.push(`collate "${row.collation}"`);
    if (!row.is_nullable) parts.push('not null');
    if (row.default_value) parts.push(`default ${row.default_value.replace(/\s+/g, ' ')}`);
    const line = {
      text: `  ${parts.join(' ')}`,
      class: classes.get(`${row.table_name}.${row.column_name}`) ?? 'internal',
    };
    tables.set(row.table_name, [...(tables.get(row.table_name) ?? []), line]);
  }
  const texts = [...tables].map(([name, lines]) => {
    const own = indexes.filter((index) => index.tablename === name).map((index) => `${index.indexdef};`);
    const last = lines.length - 1;
    const body = lines.map(
      ({ text, class: is }, n) => `${text}${n === last ? '' : ','}${is === 'internal' ? '' : ` -- ${is}`}`,
    );
    return [`create table ${schema}.${name} (`, ...body, ');', ...own].join('\n');
  });
  return `-- Printed from the migrations; for reading, not for running. Columns without a class beside them are internal.\n\n${texts.join('\n\n')}\n`;
}

async function catalogOf(subgraphs: readonly Subgraph[], contracts: Contracts): Promise<unknown> {
  const systems = await Promise.all(
    subgraphs.map(async (subgraph) => {
      const { document, roots } = buildSubgraph(subgraph);
      return {
        name: subgraph.name,
        title: subgraph.title,
        description: subgraph.description,
        roots: rootsOf(document, roots),
        examples: [
          ...(await writtenExamples(subgraph.name)),
          ...[...contracts]
            .filter(([path]) => path.startsWith(`operations/${subgraph.name}/`))
            .map(([path, text]) => exampleOf(text, path)),
        ],
        permissions: Object.values(subgraph.permissions).map(
          ({ name, sentence, organizationRole = null, platformRoles = [], own = false }) => ({
            name,
            sentence,
            organizationRole,
            platformRoles,
            own,
          }),
        ),
        scopes: [...scopesOf([subgraph])],
        facts: subgraph.facts.map(({ type, sentence }) => ({ type, sentence })),
      };
    }),
  );
  return { systems };
}

function rootsOf(document: DocumentNode, roots: ReturnType<typeof buildSubgraph>['roots']): unknown[] {
  const listed: unknown[] = [];
  for (const type of document.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION || !/^(Query|Mutation|Subscription)$/.test(type.name.value)) continue;
    for (const field of type.fields ?? []) {
      const root = roots.get(`${type.name.value}.${field.name.value}`);
      if (!root || root.access === 'router') continue;
      listed.push({
        name: root.name,
        kind: root.kind.toUpperCase(),
        description: field.description?.value.replace(/^\[[a-z]+\] /, '') ?? '',
        access: root.access,
        facts: root.tells && 'facts' in root.tells ? root.tells.facts.map((fact) => fact.type) : [],
      });
    }
  }
  return listed;
}

export interface Example {
  name: string;
  description: string;
  operation: string;
  variables: string | null;
  public: boolean;
}

/** The folder of printed operations, for root fields without a hand-written one. */
const printedFolder = 'printed';

/** An operation for each root field that no hand-written operation uses. */
async function printedExamples(
  subgraphs: readonly Subgraph[],
  api: GraphQLSchema,
  names: readonly OwnedName[],
): Promise<Contracts> {
  const found: Contracts = new Map();
  const prefixes = new Map(names.flatMap(({ name, prefix }) => (prefix ? [[name, prefix]] : [])) as [string, string][]);
  for (const subgraph of subgraphs) {
    const written = new Set((await writtenExamples(subgraph.name)).flatMap(({ operation }) => rootsIn(operation)));
    for (const { kind, name, access } of buildSubgraph(subgraph).roots.values()) {
      const operation = kind.toLowerCase() as BareRoot['kind'];
      if (access === 'router' || written.has(`${operation} ${name}`)) continue;
      const path = `operations/${subgraph.name}/${printedFolder}/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      // A query may share the name of a mutation.
      const file = found.has(`${path}.graphql`) ? `${path}-${operation}.graphql` : `${path}.graphql`;
      found.set(file, printedExample(api, prefixes, { kind: operation, name, signIn: access !== 'public' }));
    }
  }
  return found;
}

/** `query asset` for each root field of an operation. */
function rootsIn(operation: string): string[] {
  return parse(operation).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.flatMap((field) =>
          field.kind === Kind.FIELD ? [`${definition.operation} ${field.name.value}`] : [],
        )
      : [],
  );
}

export interface Example {
  name: string;
  description: string;
  operation: string;
  variables: string | null;
  public: boolean;
}

/** The operations of an OS: hand-written ones in `schema/operations/<os>/`, and printed ones below it. */
export async function examplesOf(os: string): Promise<Example[]> {
  return [...(await readExamples(`operations/${os}/`)), ...(await readExamples(`operations/${os}/${printedFolder}/`))];
}

const writtenExamples = (os: string): Promise<Example[]> => readExamples(`operations/${os}/`);

async function readExamples(path: string): Promise<Example[]> {
  const folder = new URL(path, here);
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.graphql')).sort();
  return Promise.all(files.map(async (file) => exampleOf(await readFile(new URL(file, folder), 'utf8'), path + file)));
}

/**
 * Reads an operation. The comment above it is its description; `# variables: {…}` gives its variables, and `# sign in` marks one that
 * needs a signed-in viewer.
 */
function exampleOf(text: string, path: string): Example {
  const lines = text.split('\n');
  const comments = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
  const given = comments.find((line) => line.startsWith('variables:'));
  const operation = lines
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .trim();
  let name = '';
  visit(parse(operation), {
    OperationDefinition: (node) => {
      name = node.name?.value ?? '';
    },
  });
  if (!name) throw new Error(`schema/${path} has no named operation`);
  return {
    name,
    description: comments.filter((line) => line !== given && line !== 'sign in').join(' '),
    operation,
    variables: given ? given.slice('variables:'.length).trim() : null,
    public: !comments.includes('sign in'),
  };
}
