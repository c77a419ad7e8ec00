import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';

export const AssetDuplicateReason = enumeration(
  'AssetDuplicateReason',
  'Why two assets are considered the same work.',
  {
    CONTENT: 'They share a file with identical content (equal SHA-256).',
    SOURCE_LINE: 'They were imported from identical lines.',
    FINGERPRINT:
      'Title, known creator and year are the same, apart from case, accents, punctuation and the order of words.',
    SIMILAR: 'Title, creator, time and materials are similar.',
  },
);
export type AssetDuplicateReason = ValueOf<typeof AssetDuplicateReason>;

export const AssetClusterReason = enumeration(
  'AssetClusterReason',
  'What the assets of a cluster have in common; as in AssetDuplicateReason.',
  {
    CONTENT: 'A file with the same content, by SHA-256.',
    FINGERPRINT: 'The same title, creator and year, apart from spelling.',
    SOURCE_LINE: 'Identical lines of an import.',
  },
);
export type AssetClusterReason = ValueOf<typeof AssetClusterReason>;
