import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { signedQuery } from '../../../platform/objects/links.ts';
import { MediaUploadState, type MediaUpload } from './media.entity.ts';
import { uploadRoute } from './upload-route.ts';

export const Upload = valueType('MediaUpload', 'A file on its way. Kept a day.', (f: OutputFields<MediaUpload>) => ({
  id: f.id(),
  state: f.enum(MediaUploadState, 'The progress of the upload.'),
  fileName: f.text('The announced name of the file.'),
  size: f.int('Bytes that were announced.'),
  received: f.int('Bytes that have arrived.'),
  url: f
    .text(
      'Where the bytes go, by the tus protocol 1.0: HEAD says how many are there, PATCH adds more. A path at the graph’s own address that carries its own permission; give it to nobody.',
    )
    .from(
      (upload, context) =>
        `${uploadRoute.prefix}${upload.id}${signedQuery(context, 'upload', upload.id, upload.expiresAt)}`,
    ),
  expiresAt: f.time('When it is forgotten, whatever has arrived.'),
}));
