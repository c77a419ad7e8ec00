import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textIn } from './private-file.ts';

/** The 32-byte sealing key derived from SECRET_KEY. */
export function sealingKeyOf(secretKey: string): Uint8Array {
  return createHash('sha256').update(secretKey).digest();
}

/** The sealing key of a house: by SECRET_KEY, else the one of its data folder. */
export function sealingKeyFor({ secretKey, dataDir }: { secretKey: string | null; dataDir: string }): Uint8Array {
  return secretKey === null ? sealingKeyIn(dataDir) : sealingKeyOf(secretKey);
}

/** The sealing key of a data folder: in its own file that only its owner may read, created at the first start. */
export function sealingKeyIn(dataDir: string): Uint8Array {
  const path = join(dataDir, 'sealing.key');
  const known = keyIn(path);
  if (known) return known;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Written to a draft and linked: the file appears whole or not at all, and the first of two processes wins.
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, randomBytes(32).toString('base64'), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return keyIn(path) as Uint8Array;
}

function keyIn(path: string): Uint8Array | null {
  const text = textIn(path);
  if (text === null) return null;
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32) throw new Error(`${path} does not hold a key of 32 bytes.`);
  return key;
}
