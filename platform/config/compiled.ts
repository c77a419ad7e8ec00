/**
 * Starts one of our programs: `node --import ./platform/config/compiled.ts gateway/start.ts`. It runs what `npm run prepare` has
 * compiled, if no source has changed since; otherwise it runs the sources, transformed while they are loaded. Files that are not
 * programs of package.json, and threads, always load the sources. Erasable TypeScript.
 */
import { enableCompileCache, registerHooks, setSourceMapsSupport } from 'node:module';
import { relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { compiledProgram, root } from '../compiled/manifest.ts';

/**
 * V8 optimizes what has run for a while, in threads of its own that a start competes with: a third of its work was for code that
 * hardly runs again. Four times later it still does so within the first seconds of a load.
 */
const laterOptimized = ['--invocation-count-for-turbofan=12000', '--wasm-tiering-budget=52000000'];
/** The young generation of a thread is as large as it may be at once, and not after its objects were copied at every size before. */
const grownAtOnce = '--semi-space-growth-factor=16';

const [, program = ''] = process.argv;
if (isMainThread) for (const flag of [...laterOptimized, grownAtOnce]) setFlagsFromString(flag);
const compiled = isMainThread ? compiledProgram(root, relative(root, resolve(program)).replaceAll(sep, '/')) : null;

if (compiled === null) {
  await import('./typescript.ts');
} else {
  enableCompileCache();
  setSourceMapsSupport(true, { nodeModules: false });
  const source = pathToFileURL(resolve(program)).href;
  // Node runs the program named on the command line, so the compiled one takes its place.
  registerHooks({
    load: (url, context, nextLoad) =>
      url === source
        ? { format: 'module', source: `import ${JSON.stringify(pathToFileURL(compiled).href)};`, shortCircuit: true }
        : nextLoad(url, context),
  });
}
