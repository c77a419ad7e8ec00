/**
 * Loads our TypeScript: `node --import ./platform/config/typescript.ts program.ts`. Node strips types itself but does not support
 * decorators, so our own files are transformed as they are loaded, in this thread and in less than a millisecond each, as the
 * test runner transforms them. Packages are left to Node: a loader that also reads their files doubles the start time.
 * Compiled code is cached between starts (below the system's temporary folder), and packages' source maps are not read.
 * Erasable TypeScript without imports of ours, since no other loader is active yet.
 */
import { readFileSync } from 'node:fs';
import { enableCompileCache, registerHooks, setSourceMapsSupport } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'oxc-transform';

enableCompileCache();
setSourceMapsSupport(true, { nodeModules: false });

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith('file:') || !/\.ts(\?|$)/.test(url) || url.includes('/node_modules/'))
      return nextLoad(url, context);
    const path = fileURLToPath(url);
    const { code, map, errors } = transformSync(path, readFileSync(path, 'utf8'), {
      lang: 'ts',
      sourceType: 'module',
      sourcemap: true,
      target: 'es2023',
      // As in tsconfig.json: decorators and class fields; a field without a value must not be defined (an ORM fills it).
      decorator: { legacy: true },
      assumptions: { setPublicClassFields: true },
      typescript: { onlyRemoveTypeImports: true, removeClassFieldsWithoutInitializer: true },
    });
    const [fault] = errors;
    if (fault) throw new SyntaxError(`${path}: ${fault.message}\n${fault.codeframe ?? ''}`);
    const sourceMap = Buffer.from(JSON.stringify({ ...map, sources: [url] })).toString('base64');
    const source = `${code}\n//# sourceMappingURL=data:application/json;base64,${sourceMap}`;
    return { format: 'module', source, shortCircuit: true };
  },
});
