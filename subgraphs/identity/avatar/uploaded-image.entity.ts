import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const UploadedImageSchema = defineEntity({
  name: 'UploadedImage',
  tableName: 'uploaded_images',
  properties: {
    /** The id of the medium. */
    ...standardColumns,
    uploadedBy: p.text().name('uploaded_by'),
  },
});

/** An uploaded picture that still exists, by the facts of assets; it may become an avatar. */
export class UploadedImage extends UploadedImageSchema.class {}
UploadedImageSchema.setClass(UploadedImage);
