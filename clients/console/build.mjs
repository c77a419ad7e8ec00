import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/*
 * Bundles the console into dist/console; npm runs it after an installation. Plain JavaScript, because an installation without
 * the development dependencies runs it too, and on whatever Node is there: it then has no bundler, says so and is content.
 * The gateway serves everything but the console in that case.
 */

const config = fileURLToPath(new URL('vite.config.ts', import.meta.url));
const page = fileURLToPath(new URL('index.html', import.meta.url));

/** Whether a package is installed. */
function has(name) {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    // Not installed: the answer asked for.
    return false;
  }
}

if (!existsSync(config) || !existsSync(page)) {
  console.log('The console is not built: its sources are not here.');
} else if (!['vite', 'graphiql', 'react', '@observablehq/plot'].every(has)) {
  console.log('The console is not built: the development dependencies are not installed.');
} else {
  const { build } = await import('vite');
  await build({ configFile: config, logLevel: 'warn' });
}
