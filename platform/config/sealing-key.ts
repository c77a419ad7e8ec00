import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The sealing key that SECRET_KEY stands for: 32 bytes. */
export function sealingKeyOf(secretKey: string): Uint8Array {
  return createHash('sha256').update(secretKey).digest();
}

/** The sealing key of a data folder: in a file of its own that only its owner may read, made at the first start. */
export function sealingKeyIn(dataDir: string): Uint8Array {
  const path = join(dataDir, 'sealing.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx` writes only where there is no file yet; what stands in it is read either way.
    writeFileSync(path, randomBytes(32).toString('base64'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = Buffer.from(readFileSync(path, 'utf8'), 'base64');
  if (key.length !== 32) throw new Error(`${path} does not hold a key of 32 bytes.`);
  return key;
}
