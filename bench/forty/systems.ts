/** An OS generated for the measurement: its name, and the prefixes of its three nouns. */
export interface WrittenSystem {
  name: string;
  /** Prefix of its type names, such as `Atlas`. */
  pascal: string;
  prefixes: { item: string; note: string; deal: string };
  /** The OS whose items its deals reference and whose facts it reacts to; null for the first one. */
  before: WrittenSystem | null;
}

const names =
  `atlas beacon cedar delta ember fjord garnet harbor indigo jasper kelvin lumen meadow nimbus onyx prairie quartz ridge
summit timber umbra valley willow xenon yonder zephyr amber basil copper dune echo flint grove haven islet juniper`.split(
    /\s+/,
  );

/** Thirty-six OSes; each references the one before it. */
export function writtenSystems(): WrittenSystem[] {
  const systems: WrittenSystem[] = [];
  for (const [n, name] of names.entries()) {
    const prefix = (noun: number): string => {
      const place = n * 3 + noun;
      return `q${String.fromCharCode(97 + Math.floor(place / 26), 97 + (place % 26))}`;
    };
    systems.push({
      name,
      pascal: name.charAt(0).toUpperCase() + name.slice(1),
      prefixes: { item: prefix(0), note: prefix(1), deal: prefix(2) },
      before: systems.at(-1) ?? null,
    });
  }
  return systems;
}

/** The files of an OS by their path below `subgraphs/`: three nouns, eight mutations, a stream, two reactions, references to others. */
export function filesOf(system: WrittenSystem): Map<string, string> {
  const { name } = system;
  const files = new Map<string, string>();
  const write = (path: string, text: string): void => void files.set(`${name}/${path}`, text);
  write('events.ts', eventsOf(system));
  write('permissions.ts', permissionsOf(system));
  write('reactions.ts', reactionsOf(system));
  write(`migrations/001-${name}.ts`, migrationOf(system));
  for (const noun of nouns) {
    const folder = `${noun.word}/${name}-${noun.word}`;
    write(`${folder}.entity.ts`, entityOf(system, noun));
    write(`${folder}.noun.ts`, nounOf(system, noun));
    write(`${folder}.mutations.ts`, mutationsOf(system, noun));
  }
  write(`item/${name}-item.streams.ts`, streamOf(system));
  write('extensions.ts', extensionsOf(system));
  write('subgraph.ts', subgraphOf(system));
  return files;
}

type Word = 'item' | 'note' | 'deal';

interface WrittenNoun {
  word: Word;
  pascal: string;
  /** Whether it can be changed after it is created. */
  edits: boolean;
}

const nouns: readonly WrittenNoun[] = [
  { word: 'item', pascal: 'Item', edits: true },
  { word: 'note', pascal: 'Note', edits: true },
  { word: 'deal', pascal: 'Deal', edits: false },
];

/** The names of a noun in the code of its OS. */
function namesOf({ name, pascal, prefixes }: WrittenSystem, { word, pascal: noun }: WrittenNoun) {
  return {
    type: `${pascal}${noun}`,
    one: `${name}${noun}`,
    many: `${name}${noun}s`,
    table: `${word}s`,
    prefix: prefixes[word],
    /** The property with the id of the referenced row, and the field that shows the row. */
    refers: word === 'item' ? 'assetId' : word === 'note' ? 'itemId' : 'partnerId',
  };
}

function eventsOf(system: WrittenSystem): string {
  const facts = nouns.flatMap((noun) => {
    const { one } = namesOf(system, noun);
    return [
      { name: `${one}Created`, type: `${system.name}.${one}.created`, did: 'was created' },
      ...(noun.edits ? [{ name: `${one}Updated`, type: `${system.name}.${one}.updated`, did: 'was changed' }] : []),
      { name: `${one}Archived`, type: `${system.name}.${one}.archived`, did: 'was put into the archive' },
    ];
  });
  const declared = facts.map(
    ({ name, type, did }) => `export const ${name} = fact('${type}', 'Something ${did}.',
  z.object({ id: z.string(), ownerId: z.string(), changed: z.record(z.string(), z.object({ from: z.json(), to: z.json() })).optional() }));`,
  );
  return `import { z } from 'zod';
import { fact } from '../../platform/facts/fact.ts';
${declared.join('\n')}
export const facts = [${facts.map(({ name }) => name).join(', ')}];
`;
}

function permissionsOf(system: WrittenSystem): string {
  const rows = nouns.flatMap((noun) => {
    const { one } = namesOf(system, noun);
    return ['create', ...(noun.edits ? ['update'] : []), 'archive'].map(
      (verb) => `  '${system.name}.${one}.${verb}': { sentence: 'Use ${verb} of ${one}.', ...editors },`,
    );
  });
  return `import { definePermissions } from '../../platform/access/permission.ts';
const editors = { organizationRole: 'EDITOR', platformRoles: ['OPERATOR'], own: true } as const;
export const permissions = definePermissions({
${rows.join('\n')}
});
`;
}

function reactionsOf({ name, before }: WrittenSystem): string {
  const other = before ? `${before.name}ItemCreated` : 'assetCreated';
  const from = before ? `../${before.name}/events.ts` : '../assets/events.ts';
  const imported = before
    ? `import { assetPublished } from '../assets/events.ts';\nimport { ${other} } from '${from}';`
    : `import { ${other}, assetPublished } from '${from}';`;
  const react = `async (tx, fact) => {
    await sqlIn(tx.em, 'insert into ${name}.seen (id, type) values ($1, $2) on conflict do nothing', [fact.key, fact.type]);
  }`;
  return `import { sqlIn } from '../../platform/database/sql.ts';
import { on, type Reaction } from '../../platform/facts/reactions.ts';
${imported}
export const reactions: readonly Reaction[] = [
  on([assetPublished], 'assetSeen', ${react}),
  on([${other}], 'neighborSeen', ${react}),
];
`;
}

function migrationOf(system: WrittenSystem): string {
  const tables = nouns.flatMap((noun) => {
    const { table, refers } = namesOf(system, noun);
    const column = refers.replace('Id', '_id');
    return [
      `create table ${table} (\${standardColumnsSql}, version int not null default 1, title text collate "und-x-icu" not null,
      description text, status text not null, owner_id text collate "C" not null, created_by text collate "C" not null, ${column} text collate "C")`,
      `create index ${table}_by_age on ${table} (universe_id, created_at, id)`,
      `create index ${table}_by_title on ${table} (universe_id, title, id)`,
      `create index ${table}_by_owner on ${table} (owner_id, created_at, id)`,
      `create index ${table}_by_${column} on ${table} (${column}, created_at, id)`,
    ];
  });
  return `import type { Migration } from '../../../platform/database/migrations.ts';
import { standardColumnsSql } from '../../../platform/nouns/entity.ts';
export const ${system.name}001: Migration = {
  name: '001-${system.name}',
  up: [
${tables.map((sql) => `    \`${sql}\`,`).join('\n')}
    \`create table seen (id text collate "C", type text, primary key (id, type))\`,
  ],
};
`;
}

function entityOf(system: WrittenSystem, noun: WrittenNoun): string {
  const { type, table, refers } = namesOf(system, noun);
  return `import { defineEntity, p } from '@mikro-orm/core';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
export const ${type}Status = enumeration('${type}Status', 'Whether it is in the archive.', {
  ACTIVE: 'In use.',
  ARCHIVED: 'In the archive.',
});
export const ${type}Schema = defineEntity({
  name: '${type}',
  tableName: '${table}',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    title: p.text(),
    description: p.text().nullable(),
    status: p.enum(${type}Status.values),
    ownerId: p.text().name('owner_id'),
    createdBy: p.text().name('created_by'),
    ${refers}: p.text().name('${refers.replace('Id', '_id')}').nullable(),
  },
});
export class ${type} extends ${type}Schema.class {
  archive(now: Date): boolean {
    if (this.status === 'ARCHIVED') return false;
    this.status = 'ARCHIVED';
    this.updatedAt = now;
    return true;
  }
}
${type}Schema.setClass(${type});
`;
}

function nounOf(system: WrittenSystem, noun: WrittenNoun): string {
  const { type, many, prefix } = namesOf(system, noun);
  const items = namesOf(system, nouns[0]!).many;
  const partner = (system.before ?? system).pascal;
  const reference = {
    item: `asset: f.foreign('Asset', 'assetId', 'The asset that it is about.'),
    notes: f.hasMany(() => ${namesOf(system, nouns[1]!).many}, 'itemId', 'Its notes.'),`,
    note: `item: f.belongsTo(() => ${items}, 'itemId', 'The item that it is about.'),`,
    deal: system.before
      ? `partner: f.foreign('${partner}Item', 'partnerId', 'What it is about.'),`
      : `partner: f.belongsTo(() => ${items}, 'partnerId', 'What it is about.'),`,
  }[noun.word];
  const neighbours = {
    item: `import { ${namesOf(system, nouns[1]!).many} } from '../note/${system.name}-note.noun.ts';\n`,
    note: `import { ${items} } from '../item/${system.name}-item.noun.ts';\n`,
    deal: system.before ? '' : `import { ${items} } from '../item/${system.name}-item.noun.ts';\n`,
  }[noun.word];
  return `import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { noun, type DeclaredNoun } from '../../../platform/declare/noun.ts';
${neighbours}import { ${type}, ${type}Status } from './${system.name}-${noun.word}.entity.ts';
function visible(actor: ActorSnapshot): FilterQuery<${type}> | null {
  if (isOperator(actor)) return {};
  if (actor.id === null) return null;
  return { ownerId: { $in: [actor.id, ...organizationsOf(actor, 'GUEST')] } };
}
export const ${many}: DeclaredNoun<${type}> = noun(${type}, {
  name: '${type}',
  plural: '${many}',
  prefix: '${prefix}',
  words: ['${noun.word} of ${system.name}', '${noun.word}s of ${system.name}'],
  description: 'A thing with an owner in ${system.pascal}.',
  visible,
  audience: 'self',
  ownedBy: 'ownerId',
  fields: (f) => ({
    ...f.standard(),
    title: f.text('The title, 1 to 200 characters.'),
    description: f.text('At most 20,000 characters; null if there is none.').nullable(),
    status: f.enum(${type}Status, 'Whether it is in the archive.'),
    owner: f.actor('ownerId', 'The current owner.'),
    createdBy: f.actor('createdBy', 'The actor who created it.'),
    ${reference}
  }),
  filter: { title: 'text', status: ${type}Status, ownerId: 'id', createdAt: 'time' },
  sort: ['createdAt', 'title'],
  aggregate: { by: ['owner', 'status'], over: ['createdAt'] },
});
`;
}

function mutationsOf(system: WrittenSystem, noun: WrittenNoun): string {
  const { one, many, refers } = namesOf(system, noun);
  const permission = (verb: string): string => `${system.name}.${one}.${verb}`;
  const of = { item: 'ast', note: system.prefixes.item, deal: (system.before ?? system).prefixes.item }[noun.word];
  const update = noun.edits
    ? `export const ${one}Update = mutationOf(${many}, '${one}Update', {
  access: '${permission('update')}',
  description: 'Changes it.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for another version',
  tells: [${one}Updated],
  target: 'What to change.',
  ifVersion: true,
  edits: { title: title.kept(), description: description.clearable() },
  run(tx, row, _given, changed) {
    tx.emit(${one}Updated, row.id, { id: row.id, ownerId: row.ownerId, changed });
  },
});
`
    : '';
  return `import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { ${one}Archived, ${one}Created${noun.edits ? `, ${one}Updated` : ''} } from '../events.ts';
import { ${many} } from './${system.name}-${noun.word}.noun.ts';
const title = arg.text('1 to 200 characters.', { min: 1, max: 200 });
const description = arg.text('At most 20,000 characters.', { max: 20_000 });
export const ${one}Create = mutation('${one}Create', {
  access: '${permission('create')}',
  description: 'Creates one.',
  errors: 'FORBIDDEN, INVALID, CONFLICT for an idempotency key used with another input',
  tells: [${one}Created],
  input: {
    title,
    description: description.optional(),
    ownerId: arg.id(['usr', 'org', 'agt'], 'The owner.').optional(),
    ${refers}: arg.id('${of}', 'What it is about.').optional(),
  },
  answers: ${many},
  idempotent: true,
  run(tx, given) {
    const ownerId = given.ownerId ?? tx.info.actingFor ?? tx.actorId;
    tx.must('${permission('create')}', ownerId);
    const row = ${many}.create(tx, {
      title: given.title,
      description: given.description ?? null,
      status: 'ACTIVE',
      ownerId,
      createdBy: tx.actorId,
      ${refers}: given.${refers} ?? null,
    });
    tx.emit(${one}Created, row.id, { id: row.id, ownerId });
    return row;
  },
});
${update}export const ${one}Archive = mutationOf(${many}, '${one}Archive', {
  access: '${permission('archive')}',
  description: 'Archives it. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN',
  tells: [${one}Archived],
  target: 'What to archive.',
  run(tx, row) {
    if (row.archive(tx.now())) tx.emit(${one}Archived, row.id, { id: row.id, ownerId: row.ownerId });
  },
});
`;
}

function streamOf(system: WrittenSystem): string {
  const { one, many } = namesOf(system, nouns[0]!);
  return `import { holds } from '../../../platform/access/permission.ts';
import { stream } from '../../../platform/declare/stream.ts';
import { ${one}Archived, ${one}Created, ${one}Updated } from '../events.ts';
import { permissions } from '../permissions.ts';
import { ${many} } from './${system.name}-item.noun.ts';
export const ${one}UpdatedStream = stream('${one}Updated', {
  access: 'signedIn',
  description: 'Changes of what the viewer owns, or may change.',
  eventDescription: 'Something changed.',
  facts: [${one}Created, ${one}Updated, ${one}Archived],
  filter: { ownerId: 'id' },
  match: ({ payload }, { actor }) => holds(actor, permissions['${system.name}.${one}.update'], payload.ownerId),
  fields: (f) => ({ ${one}: f.belongsTo(() => ${many}, 'id', 'Its current state; null if it is no longer visible.') }),
});
`;
}

function subgraphOf({ name, pascal }: WrittenSystem): string {
  const modules = [
    ...nouns.flatMap(({ word }) => [
      { as: `${word}Noun`, path: `./${word}/${name}-${word}.noun.ts` },
      { as: `${word}Mutations`, path: `./${word}/${name}-${word}.mutations.ts` },
    ]),
    { as: 'itemStreams', path: `./item/${name}-item.streams.ts` },
    { as: 'extensions', path: './extensions.ts' },
  ];
  return `import { defineSubgraph, type Subgraph } from '../../platform/subgraph/subgraph.ts';
import { facts } from './events.ts';
import { ${name}001 } from './migrations/001-${name}.ts';
import { permissions } from './permissions.ts';
import { reactions } from './reactions.ts';
${modules.map(({ as, path }) => `import * as ${as} from '${path}';`).join('\n')}
export const ${name}Subgraph: Subgraph = defineSubgraph({
  name: '${name}',
  title: '${pascal}',
  description: 'An OS generated to measure a house of forty.',
  modules: [${modules.map(({ as }) => as).join(', ')}],
  permissions,
  facts,
  reactions,
  migrations: [${name}001],
});
`;
}

function extensionsOf(system: WrittenSystem): string {
  const items = namesOf(system, nouns[0]!).many;
  return `import { extend } from '../../platform/declare/extension.ts';
import { ${items} } from './item/${system.name}-item.noun.ts';
export const ofActor = extend('Actor', (f) => ({ ${items}: f.hasMany(() => ${items}, 'ownerId', 'What this actor owns.') }));
export const ofAsset = extend('Asset', (f) => ({ ${items}: f.hasMany(() => ${items}, 'assetId', 'What is about this asset.') }));
`;
}
