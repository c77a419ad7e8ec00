/**
 * Makes the empty cluster from which first starts are unpacked; `npm run prepare` runs it. Erasable TypeScript only: at that time
 * nothing but Node itself may be there to load it.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { templateFile } from './template.ts';

const file = templateFile();
const folder = new URL('.', file);
const database = await PGlite.create('memory://', {
  startParams: [...PGlite.defaultStartParams, '-c', 'timezone=UTC'],
});
await database.exec('checkpoint');
const dump = await database.dumpDataDir('gzip');
await database.close();
mkdirSync(folder, { recursive: true });
// Renamed into place, so that a start in between finds it whole or not at all.
const draft = new URL(`${file.href}.${process.pid}`);
writeFileSync(draft, new Uint8Array(await dump.arrayBuffer()));
renameSync(draft, file);
for (const name of readdirSync(folder)) {
  if (new URL(name, folder).href !== file.href) rmSync(new URL(name, folder));
}
