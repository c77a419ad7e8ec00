/** The program of the embedded database's thread. Erasable TypeScript only: Node loads this file by stripping its types. */
import { serve } from './serve.ts';

await serve();
