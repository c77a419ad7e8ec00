import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ObjectsConfig } from '../objects/open.ts';
import { ConfigFault } from './fault.ts';

export const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const folderName = /^[a-z0-9][a-z0-9_./-]*$/;

/** The variables that say where objects are kept. */
export const objectsVariables = {
  OBJECTS_URL: z.string().min(1).optional().meta({
    description: 'pictures and other files: a folder, or `s3://bucket/prefix?endpoint=https://…&region=…`',
    byDefault: '`DATA_DIR/objects`',
  }),
  S3_ACCESS_KEY_ID: z.string().min(1).optional().describe('for a bucket'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('for a bucket'),
};

interface Values {
  OBJECTS_URL?: string | undefined;
  S3_ACCESS_KEY_ID?: string | undefined;
  S3_SECRET_ACCESS_KEY?: string | undefined;
}

function refuse(name: keyof Values, sentence: string): never {
  throw new ConfigFault(`${name}: ${sentence}`);
}

/** Where objects are stored: at OBJECTS_URL, else in the data folder. Throws `ConfigFault`. */
export function objectsConfigOf(values: Values, dataDir: string): ObjectsConfig {
  const { OBJECTS_URL: given, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (given === undefined) return { folder: resolve(join(dataDir, 'objects')) };
  if (given.startsWith('/')) return { folder: resolve(given) };
  const form = 'is s3://bucket?endpoint=https://…&region=…, or an absolute folder';
  if (!given.startsWith('s3://') || !URL.canParse(given)) refuse('OBJECTS_URL', form);
  const { hostname: bucket, pathname, searchParams } = new URL(given);
  if (!bucketName.test(bucket)) refuse('OBJECTS_URL', `${form}; "${bucket}" is not a valid bucket name`);
  const folder = pathname.replace(/^\/+|\/+$/g, '');
  if (folder !== '' && !folderName.test(folder))
    refuse('OBJECTS_URL', `${form}; "${folder}" is not a valid key prefix`);
  const region = searchParams.get('region') ?? 'us-east-1';
  const endpoint = searchParams.get('endpoint') ?? `https://s3.${region}.amazonaws.com`;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
    refuse('OBJECTS_URL', `${form}; "${endpoint}" is not an http:// address`);
  for (const name of searchParams.keys())
    if (name !== 'endpoint' && name !== 'region') refuse('OBJECTS_URL', `${form}; there is no option "${name}"`);
  if (accessKeyId === undefined) refuse('S3_ACCESS_KEY_ID', 'is needed where OBJECTS_URL names a bucket');
  if (secretAccessKey === undefined) refuse('S3_SECRET_ACCESS_KEY', 'is needed where OBJECTS_URL names a bucket');
  return {
    s3: { endpoint, bucket, region, accessKeyId, secretAccessKey, prefix: folder === '' ? '' : `${folder}/` },
  };
}
