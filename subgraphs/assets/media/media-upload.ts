import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { signedQuery } from '../../../platform/objects/links.ts';
import { MediaUploadState, type MediaUpload } from './media.entity.ts';
import { uploadRoute } from './upload-route.ts';

export const Upload = valueType(
  'MediaUpload',
  'An upload of a file. Kept for one day.',
  (f: OutputFields<MediaUpload>) => ({
    id: f.id(),
    state: f.enum(MediaUploadState, 'The progress of the upload.'),
    fileName: f.text('The announced name of the file.'),
    size: f.int('The announced size in bytes.'),
    received: f.int('Number of bytes received.'),
    url: f
      .text(
        'The path for the bytes at the graph’s own address, by the tus protocol 1.0: HEAD returns how many have arrived, PATCH adds more. It contains its own permission, so keep it secret.',
      )
      .from(
        (upload, context) =>
          `${uploadRoute.prefix}${upload.id}${signedQuery(context, 'upload', upload.id, upload.expiresAt)}`,
      ),
    expiresAt: f.time('When the upload expires, complete or not.'),
  }),
);
