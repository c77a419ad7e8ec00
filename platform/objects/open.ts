import type { ObjectStore } from './object-store.ts';
import { FolderStore } from './folder-store.ts';
import type { S3Options } from './s3-store.ts';

/** Where objects are stored: a folder of this machine, or a bucket. */
export type ObjectsConfig = { folder: string } | { s3: S3Options };

/** Opens the store. It contacts and creates nothing before the first use. */
export async function openObjects(config: ObjectsConfig): Promise<ObjectStore> {
  if ('folder' in config) return new FolderStore(config.folder);
  // Loaded only for buckets, so that a folder store does not load the S3 client.
  const { S3Store } = await import('./s3-store.ts');
  return new S3Store(config.s3);
}
