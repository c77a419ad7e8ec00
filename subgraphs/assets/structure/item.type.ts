import { valueType } from '../../../platform/declare/value-type.ts';
import { CollectibleGrader, CollectibleItemType } from './schemas/collectible.ts';
import { DocumentRecordType } from './schemas/document.ts';
import { kind } from './structure.type.ts';

const CollectibleSubgrades = valueType('CollectibleSubgrades', 'The four subgrades of a label that has them.', (f) => ({
  centering: f.text('Grade of the centering of the print.').nullable(),
  corners: f.text('Grade of the corners.').nullable(),
  edges: f.text('Grade of the edges.').nullable(),
  surface: f.text('Grade of the surface.').nullable(),
}));

const CollectibleGrading = valueType(
  'CollectibleGrading',
  'A slab: who graded what is in it, how, and under which certificate.',
  (f) => ({
    grader: f.enum(CollectibleGrader, 'The grading company.'),
    grade: f.text('The grade as printed on the label: "9.5", "AUTHENTIC".'),
    certificateNumber: f.text('The number of the certificate at the grading company.'),
    qualifier: f.text('PSA’s mark for one flaw of an otherwise better card: OC, ST, PD, OF, MK, MC.').nullable(),
    subgrades: f.object(CollectibleSubgrades, 'The subgrades; null if the label has none.').nullable(),
    label: f.text('Such as “Black Label”.').nullable(),
  }),
);

export const CollectibleItem = valueType(
  'CollectibleItem',
  'A card, comic, coin or the like.',
  (f) => ({
    itemType: f.enum(CollectibleItemType, 'The kind of collectible; null if unknown.').nullable(),
    set: f.text('The set or series it belongs to.').nullable(),
    number: f.text('Its number in the set, or issue.').nullable(),
    year: f.int('The year it was made.').nullable(),
    manufacturer: f.text('The maker or publisher; null if unknown.').nullable(),
    subject: f.text('The player, character or motif.').nullable(),
    variant: f.text('The variant of the item, such as “Holo”; null if there is only one.').nullable(),
    language: f.text('Language of its text (BCP 47).').nullable(),
    autographed: f.boolean('Whether the item is autographed; null if unknown.').nullable(),
    serialNumber: f.int('Which of a numbered print run it is.').nullable(),
    printRun: f.int('How many the print run has.').nullable(),
    grading: f.object(CollectibleGrading, 'The professional grading; null if ungraded.').nullable(),
  }),
  kind,
);

export const TokenReference = valueType(
  'TokenReference',
  'A token on a chain, by CAIP-19.',
  (f) => ({
    caip19: f.text('The whole name: chain, standard, contract and token id.'),
    chain: f.text('The chain by CAIP-2: "eip155:1".'),
    standard: f.text('The standard, as CAIP-19 names it: "erc721".'),
    contract: f.text('The contract’s address.'),
    tokenId: f.id('The token’s number in its contract.'),
    mintedOn: f.date('When it was minted.').nullable(),
    mintTransaction: f.text('The hash of the transaction that minted the token; null if unknown.').nullable(),
    metadataUrl: f.text('Where its metadata is.').nullable(),
    supply: f.text('How many there are of it; a whole number as text.').nullable(),
    creatorAddress: f.text('The blockchain address of the creator; null if unknown.').nullable(),
  }),
  kind,
);

export const DocumentRecord = valueType(
  'DocumentRecord',
  'Bibliographic details of a document.',
  (f) => ({
    documentType: f.enum(DocumentRecordType, 'The type of document; null if unknown.').nullable(),
    issuer: f.text('The person or institution that issued the document; null if unknown.').nullable(),
    issuedOn: f.date('The date of issue; null if unknown.').nullable(),
    validUntilDate: f.date('The last day on which it is valid.').nullable(),
    referenceNumber: f.text('Its number at the issuer.').nullable(),
    language: f.text('Language of its text (BCP 47).').nullable(),
    pageCount: f.int('Number of pages; null if unknown.').nullable(),
    parties: f.texts('Whom it binds or names.'),
  }),
  kind,
);

export const OtherStructure = valueType(
  'OtherStructure',
  'Plain values under names of their own: see `json`.',
  () => ({}),
  kind,
);
