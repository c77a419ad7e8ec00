/** The program of the embedded database's thread. Erasable TypeScript only: Node strips its types. */
import { serve } from './serve.ts';

await serve();
