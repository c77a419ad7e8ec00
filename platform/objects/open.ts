import type { ObjectStore } from './object-store.ts';
import { FolderStore } from './folder-store.ts';
import type { S3Options } from './s3-store.ts';

/** Where objects are kept: a folder of this machine, or a bucket. */
export type ObjectsConfig = { folder: string } | { s3: S3Options };

/** Opens the store. Nothing is asked of it and nothing is made before it is first used. */
export async function openObjects(config: ObjectsConfig): Promise<ObjectStore> {
  if ('folder' in config) return new FolderStore(config.folder);
  // Whoever keeps files in a folder does not load the client of a bucket.
  const { S3Store } = await import('./s3-store.ts');
  return new S3Store(config.s3);
}
