import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { bareNames } from '../platform/subgraph/bare-names.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const template = join(root, 'subgraphs/new-os');

/** The target folders of the template's folders; a new OS consists of these files only. */
const places: Record<string, (os: string) => string> = {
  os: (os) => `subgraphs/${os}`,
  test: (os) => `test/subgraphs/${os}`,
};

/** Characters of an OS name at most: `svc_<name>` is its own actor, and ids have a maximum length. */
const nameAtMost = 24;

/** Names of folders and schemas that are in use. */
const takenNames = new Set([
  'facts',
  'gateway',
  'information',
  'main',
  'platform',
  'public',
  'sampleos',
  'schema',
  'test',
]);

/** Reserved words of JavaScript, which cannot be variable names in the new OS. */
const reservedWords = new Set(
  `arguments await break case catch class const continue context debugger default delete do else enum eval export extends false
  finally for function id if implements import in input instanceof interface let new null package private protected public return
  run service static super switch this throw true try tx typeof undefined var void while with yield`.split(/\s+/),
);

/** The request cannot be fulfilled; the message says why. */
class Refused extends Error {}

/** A name in all the forms in which it is written. */
interface Names {
  os: string;
  /** `LedgerAccount`, `ledgerAccount`, `ledgerAccounts`; in paths `ledger-account`, in SQL `ledger_accounts`, in sentences `ledger account`. */
  pascal: string;
  camel: string;
  plural: string;
  words: string[];
  /** The words of the plural: `ledger`, `accounts`. */
  pluralWords: string[];
  prefix: string;
}

function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

function singularOf(word: string): string {
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(ss|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

interface Choices {
  noun?: string;
  plural?: string;
  prefix?: string;
}

const wordsOf = (name: string): string[] => name.match(/[A-Z]?[a-z]+/g)?.map((word) => word.toLowerCase()) ?? [];

function namesOf(os: string, { noun, plural: chosen, prefix }: Choices): Names {
  if (!/^[a-z]+$/.test(os) || os.length < 2 || os.length > nameAtMost)
    throw new Refused(
      `"${os}" cannot be an OS: 2 to ${nameAtMost} lower-case letters, since it is a schema, a folder and part of every permission.`,
    );
  const pascal = noun ?? capital(singularOf(os));
  if (!/^([A-Z][a-z]+){1,4}$/.test(pascal) || pascal.length > 40)
    throw new Refused(
      `"${pascal}" cannot be a noun: write it as a type, such as Invoice or LedgerAccount, in at most 40 letters.`,
    );
  const words = wordsOf(pascal);
  const camel = pascal.slice(0, 1).toLowerCase() + pascal.slice(1);
  const plural = chosen ?? pluralOf(camel);
  if (!/^[a-z]+([A-Z][a-z]+){0,3}$/.test(plural) || plural.length > 42 || plural === camel)
    throw new Refused(
      `"${plural}" cannot be the plural of ${pascal}: write it as a list, such as invoices or ledgerAccounts, in at most 42 letters, and other than ${camel}.`,
    );
  if (bareNames.has(pascal))
    throw new Refused(`"${pascal}" is too general: several OSes could claim it. Put a word before it.`);
  const reserved = [camel, plural].find((name) => reservedWords.has(name));
  if (reserved) throw new Refused(`"${pascal}" cannot be a noun: ${reserved} is a reserved word of JavaScript.`);
  return { os, pascal, camel, plural, words, pluralWords: wordsOf(plural), prefix: prefix ?? freePrefix(words) };
}

/** Prefixes of ids in use: those of nouns, and of other things with ids. */
function prefixesInUse(): Set<string> {
  const found = new Set(['smp']);
  for (const path of globSync(['subgraphs/**/*.ts', 'platform/**/*.ts'], { cwd: root })) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, prefix = ''] of text.matchAll(/(?:newId\(|prefix: )'([a-z]+)'/g)) found.add(prefix);
  }
  for (const { prefix } of ownedNames()) if (prefix) found.add(prefix);
  return found;
}

/** The first free combination of three letters: the first letters, the initials of the words, the consonants, then any in order. */
function freePrefix(words: string[]): string {
  const used = prefixesInUse();
  const letters = words.join('');
  const initials = words.map((word) => word.slice(0, 1)).join('');
  const consonants = letters.slice(0, 1) + letters.slice(1).replace(/[aeiou]/g, '');
  const candidates = [letters.slice(0, 3), initials, consonants.slice(0, 3)];
  for (let second = 1; second < letters.length; second++)
    for (let third = second + 1; third < letters.length; third++)
      candidates.push(`${letters[0]}${letters[second]}${letters[third]}`);
  const free = candidates.find((each) => /^[a-z]{3}$/.test(each) && !used.has(each));
  if (!free) throw new Refused(`No three letters of ${letters} are free for its ids: choose a prefix with --prefix.`);
  return free;
}

interface OwnedName {
  name: string;
  os: string;
  prefix: string;
}

function ownedNames(): OwnedName[] {
  return readFileSync(join(root, 'schema/names.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [name = '', , os = '', prefix = ''] = line.split('\t');
      return { name, os, prefix };
    });
}

/** Replaces the template's words by the new ones. Sentences say `specimen` where code says `sample`. */
function fill(text: string, names: Names, path: string): string {
  const { os, pascal, camel, plural, words, pluralWords, prefix } = names;
  const sentence = words.join(' ');
  const sentences = pluralWords.join(' ');
  const table = pluralWords.join('_');
  const article = /^[aeiou]/.test(sentence) ? 'n' : '';
  const inSql = path.startsWith('os/migrations/') ? text.replace(/\bsamples(?=_|\b)/g, table) : text;
  return inSql
    .replace(/tableName: 'samples'/g, `tableName: '${table}'`)
    .replace(/\b([Aa]) specimen/g, `$1${article} specimen`)
    .replace(/specimens/g, sentences)
    .replace(/Specimens/g, capital(sentences))
    .replace(/specimen/g, sentence)
    .replace(
      /(?<=[/'`])sample(?=[./])(?!\.sample)(?!\.(created|updated|archived|create|update|archive)\b)/g,
      words.join('-'),
    )
    .replace(/sampleos/g, os)
    .replace(/Sampleos/g, capital(os))
    .replace(/samples/g, plural)
    .replace(/Samples/g, capital(plural))
    .replace(/sample/g, camel)
    .replace(/Sample/g, pascal)
    .replace(/smp(?=['_`])|smp$/gm, prefix);
}

/** The target path of a template file. */
function placeOf(path: string, { os, words, pluralWords }: Names): string {
  const [folder = '', ...rest] = path.replace(/\.tmpl$/, '').split('/');
  const place = places[folder];
  if (!place) throw new Error(`${path} is in a template folder without a target.`);
  const name = rest
    .join('/')
    .replaceAll('sampleos', os)
    .replace(/samples/g, pluralWords.join('-'));
  return `${place(os)}/${name.replace(/sample/g, words.join('-'))}`;
}

/** All files of the new OS; refuses names and folders that are in use. */
function newFiles(names: Names): Map<string, string> {
  const { os, prefix } = names;
  if (takenNames.has(os)) throw new Refused(`"${os}" is already in use here.`);
  if (!/^[a-z]{3,6}$/.test(prefix))
    throw new Refused(`"${prefix}" cannot be a prefix: it must be 3 to 6 lower-case letters.`);
  if (prefixesInUse().has(prefix))
    throw new Refused(`Ids that begin with ${prefix}_ are taken: choose another prefix with --prefix.`);
  const owned = new Map([...ownedNames(), ...declaredNouns()].map((row) => [row.name, row]));
  for (const name of namesTaken(names)) {
    const owner = owned.get(name)?.os;
    if (owner)
      throw new Refused(`${name} belongs to ${owner} (schema/names.tsv): choose another noun with --noun or --plural.`);
  }
  const files = new Map<string, string>();
  for (const path of globSync('*/**/*.tmpl', { cwd: template }).toSorted())
    files.set(placeOf(path, names), fill(readFileSync(join(template, path), 'utf8'), names, path));
  for (const folder of Object.values(places).map((place) => place(os)))
    if (existsSync(join(root, folder))) throw new Refused(`The folder ${folder} already exists.`);
  files.set('subgraphs/registry.ts', registered(os));
  return files;
}

/** The nouns of OSes created since the names were last printed. */
function declaredNouns(): Pick<OwnedName, 'name' | 'os'>[] {
  return globSync('subgraphs/*/**/*.ts', { cwd: root }).flatMap((path) => {
    const [, os = ''] = path.split(sep);
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/\bname: '([A-Z]\w+)',\s+plural:/g)].map(([, name = '']) => ({ name, os }));
  });
}

/** The names that its noun takes in the graph; `npm run schema` refuses other duplicates. */
function namesTaken({ pascal, camel, plural }: Names): string[] {
  const types = ['', 'Connection', 'Edge', 'Filter', 'Sort', 'Status', 'Change', 'Aggregate'].map(
    (end) => pascal + end,
  );
  return [
    ...types,
    camel,
    plural,
    ...['Create', 'Update', 'Archive', 'Updated', 'Aggregate'].map((end) => camel + end),
  ];
}

/** The registry with the new OS: at the end, but before the hub, which describes all the others. */
function registered(os: string): string {
  const text = readFileSync(join(root, 'subgraphs/registry.ts'), 'utf8');
  const line = `  ${os}: async () => (await import('./${os}/subgraph.ts')).${os}Subgraph,\n`;
  const at = text.search(/^ {2}hub:/m);
  const end = at === -1 ? text.indexOf('};') : at;
  if (end === -1) throw new Refused('subgraphs/registry.ts contains no list of OSes.');
  return text.slice(0, end) + line + text.slice(end);
}

function make(os: string, choices: Choices): void {
  const names = namesOf(os, choices);
  const files = newFiles(names);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const sources = [...files.keys()];
  const formatter = join(root, 'node_modules/oxfmt/bin/oxfmt');
  const { status, stderr } = spawnSync(process.execPath, [formatter, ...sources], { cwd: root, encoding: 'utf8' });
  if (status !== 0) process.stderr.write(`The new files are not formatted: ${stderr}\n`);
  process.stdout.write(
    `${[
      `The OS ${os} has the noun ${names.pascal}, whose ids begin with ${names.prefix}_:`,
      ...[...files.keys()].map((path) => `  ${path}`),
      '',
      'Next:',
      '  1. npm run schema                        print its contracts into schema/',
      `  2. npm test -- test/subgraphs/${os}`.padEnd(43) + 'see it work through the gateway',
      `  3. npm start                             create one: mutation { ${names.camel}Create(input: { title: "First" }) { ${names.camel} { id } } }`,
      `  4. describe it                           subgraphs/${os}/README.md, its description in subgraph.ts, its columns and rules`,
      '     Never change a migration that has run anywhere: add 002 instead.',
    ].join('\n')}\n`,
  );
}

const program = new Command('new-os')
  .description('Creates an OS with one working noun, in the pattern of the others.')
  .argument('<name>', 'lower-case letters: the name of its folder, schema and permissions')
  .option('--noun <noun>', 'its first noun, as a type: Invoice; by default the singular of the name')
  .option('--plural <nouns>', 'several of them, as a list is named: ledgerAccounts; by default by the rules of English')
  .option('--prefix <letters>', 'the prefix of the noun’s ids; by default three free letters')
  .action((name: string, options: Choices) => {
    try {
      make(name, options);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      program.error(error.message, { exitCode: 1 });
    }
  });

program.parse();
