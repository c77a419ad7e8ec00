import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';

export const AssetDuplicateReason = enumeration(
  'AssetDuplicateReason',
  'Why two assets are considered the same work.',
  {
    CONTENT: 'They share a file with identical content (equal SHA-256).',
    SOURCE_LINE: 'They came from lines of an import that are identical byte for byte.',
    FINGERPRINT:
      'Title and known creator are the same but for case, accents, punctuation and order of words, and so is the year.',
    SIMILAR: 'Title, creator, time and materials are alike.',
  },
);
export type AssetDuplicateReason = ValueOf<typeof AssetDuplicateReason>;

export const AssetClusterReason = enumeration(
  'AssetClusterReason',
  'What the assets of a cluster have in common; as in AssetDuplicateReason.',
  {
    CONTENT: 'A file with the same content, by SHA-256.',
    FINGERPRINT: 'The same title, creator and year, apart from spelling.',
    SOURCE_LINE: 'The same line of an import, byte for byte.',
  },
);
export type AssetClusterReason = ValueOf<typeof AssetClusterReason>;
