/** The program of the embedded database's thread. Erasable TypeScript only: Node strips its types. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
// Imported after the compile cache is enabled, so that what was compiled at the last start is used.
const { serve } = await import('./serve.ts');
await serve();
