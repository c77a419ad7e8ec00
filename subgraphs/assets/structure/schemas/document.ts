import { enumeration } from '../../../../platform/declare/enumeration.ts';
import { date, object, oneOf, pattern, text, whole } from './schema.ts';

export const DocumentRecordType = enumeration('DocumentRecordType', 'The type of a document.', {
  CERTIFICATE: 'A certificate.',
  CONTRACT: 'A contract.',
  DEED: 'A deed.',
  INVOICE: 'An invoice.',
  LETTER: 'A letter.',
  LICENCE: 'A licence.',
  REPORT: 'A report.',
  SCORE: 'A musical score.',
  OTHER: 'Another document.',
});

export const document = object(
  {
    documentType: oneOf(DocumentRecordType.values, 'The type of document.'),
    issuer: text('The person or institution that issued it.'),
    issuedOn: date('The date of issue.'),
    validUntilDate: date('The last day on which it is valid.'),
    referenceNumber: text('The reference number at the issuer.', 120),
    language: pattern('^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', 'Language of its text (BCP 47).', 'en'),
    pageCount: whole(1, 100_000, 'Number of pages.'),
    parties: {
      type: 'array',
      maxItems: 20,
      uniqueItems: true,
      items: text('A party.'),
      description: 'The parties that it binds or names; at most 20.',
    },
  },
  { required: ['documentType'] },
);

/** For everything else: plain values under free names. */
export const other = {
  type: 'object',
  description: 'At most 50 plain values.',
  maxProperties: 50,
  propertyNames: {
    pattern: '^[A-Za-z][A-Za-z0-9_ -]{0,59}$',
    description: 'A name begins with a letter and has at most 60 characters.',
  },
  additionalProperties: {
    type: ['string', 'number', 'boolean'],
    maxLength: 2000,
    description: 'A text of at most 2,000 characters, a number, or a boolean.',
  },
} as const;
