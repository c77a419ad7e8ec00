/**
 * Creates the empty cluster that first starts unpack; run by `npm run prepare`. Erasable TypeScript only, because at that time there may be
 * no loader besides Node itself.
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
// Renamed into place, so that a concurrent start finds it complete or not at all.
const draft = new URL(`${file.href}.${process.pid}`);
writeFileSync(draft, new Uint8Array(await dump.arrayBuffer()));
renameSync(draft, file);
for (const name of readdirSync(folder)) {
  if (new URL(name, folder).href !== file.href) rmSync(new URL(name, folder));
}
