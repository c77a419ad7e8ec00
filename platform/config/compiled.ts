/**
 * Starts one of our programs: `node --import ./platform/config/compiled.ts gateway/start.ts`. It runs what `npm run prepare` has
 * compiled, if no source has changed since; otherwise it runs the sources, transformed while they are loaded. Files that are not
 * programs of package.json always load the sources. Erasable TypeScript.
 */
import { enableCompileCache, registerHooks, setSourceMapsSupport } from 'node:module';
import { relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { compiledProgram, root } from '../compiled/manifest.ts';

/**
 * V8 optimizes code four times later than by default. Its threads compete with a start, where most of the optimized code hardly runs again;
 * under load the same code is still optimized within seconds.
 */
const laterOptimized = [
  '--invocation-count-for-maglev=1600',
  '--invocation-count-for-turbofan=12000',
  '--wasm-tiering-budget=52000000',
];
/** A thread's young generation grows to its maximum at once: at each size in between V8 would copy its objects again. */
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
