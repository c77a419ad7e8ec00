/**
 * Compiles the programs of package.json into `dist/program`; `npm run prepare` runs it, and `platform/config/compiled.ts` starts the
 * results. Erasable TypeScript only: Node alone loads this file. Without the development dependencies there is no compiler, and the
 * programs run from their sources.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiledFolder, manifestFile, readSource, root, type Manifest } from './platform/compiled/manifest.ts';

/** Milliseconds for which an old compilation is kept: a running program may still load parts of it. */
const kept = 24 * 3_600_000;

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
    // Packages are not bundled: some read files beside them, and our code must share one copy with them.
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !programs.includes(id),
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
          const path = pathOf(id);
          const { text, source } = readSource(id);
          sources[path] = source;
          // Files beside a source must still be found relative to the source.
          const place = `new URL(${JSON.stringify(`../../../${path}`)}, import.meta.url).href`;
          return text.replaceAll('import.meta.url', place);
        },
      },
    ],
  });
  const { output } = await bundle.write({
    dir: target,
    format: 'esm',
    sourcemap: true,
    // Names of schema types and entities derive from class names.
    keepNames: true,
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundle.close();
  const files = output.flatMap((each) =>
    each.type === 'chunk' && each.isEntry && each.facadeModuleId
      ? [[pathOf(each.facadeModuleId), each.fileName] as const]
      : [],
  );
  return { folder, programs: Object.fromEntries(files), sources };
}

/** Publishes a compilation atomically: a concurrent start finds the previous one or this one, complete. */
export function publish(tree: string, manifest: Manifest): void {
  const file = manifestFile(tree);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(manifest));
  renameSync(draft, file);
  for (const name of readdirSync(compiledFolder(tree))) {
    const path = join(compiledFolder(tree), name);
    if (name !== manifest.folder && path !== file && Date.now() - statSync(path).mtimeMs > kept)
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
