import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/*
 * Bundles the console into dist/console; npm runs it after an installation. Plain JavaScript, because an installation without the
 * development dependencies runs it too, on any Node: without a bundler it only prints a note. The gateway then serves everything but
 * the console.
 */

const config = fileURLToPath(new URL('vite.config.ts', import.meta.url));
const page = fileURLToPath(new URL('index.html', import.meta.url));

/** Whether a package is installed. */
function has(name) {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    // Not installed.
    return false;
  }
}

if (!existsSync(config) || !existsSync(page)) {
  console.log('The console is not built: its sources are missing.');
} else if (!['vite', 'graphiql', 'react', '@observablehq/plot'].every(has)) {
  console.log('The console is not built: the development dependencies are not installed.');
} else {
  const { build } = await import('vite');
  await build({ configFile: config, logLevel: 'warn' });
}
