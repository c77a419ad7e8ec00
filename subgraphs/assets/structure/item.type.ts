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
  'The professional grading of a sealed collectible: the grader, the grade and the certificate.',
  (f) => ({
    grader: f.enum(CollectibleGrader, 'The grading company.'),
    grade: f.text('The grade as printed on the label: "9.5", "AUTHENTIC".'),
    certificateNumber: f.text('The number of the certificate at the grading company.'),
    qualifier: f.text('PSA’s mark for one flaw of an otherwise better card: OC, ST, PD, OF, MK, MC.').nullable(),
    subgrades: f.object(CollectibleSubgrades, 'The subgrades; null if the label has none.').nullable(),
    label: f.text('The special label of the grader, such as “Black Label”; null if it is the usual one.').nullable(),
  }),
);

export const CollectibleItem = valueType(
  'CollectibleItem',
  'A card, comic, coin or the like.',
  (f) => ({
    itemType: f.enum(CollectibleItemType, 'The kind of collectible; null if unknown.').nullable(),
    set: f.text('The set or series to which it belongs; null if unknown.').nullable(),
    number: f.text('The number in the set, or of the issue; null if unknown.').nullable(),
    year: f.int('The year in which it was made; null if unknown.').nullable(),
    manufacturer: f.text('The maker or publisher; null if unknown.').nullable(),
    subject: f.text('The player, character or motif; null if unknown.').nullable(),
    variant: f.text('The variant of the item, such as “Holo”; null if there is only one.').nullable(),
    language: f.text('The language of its text (BCP 47); null if unknown.').nullable(),
    autographed: f.boolean('Whether the item is autographed; null if unknown.').nullable(),
    serialNumber: f.int('The number of the item in a numbered print run; null if it has none.').nullable(),
    printRun: f.int('Number of items in the print run; null if unknown.').nullable(),
    grading: f.object(CollectibleGrading, 'The professional grading; null if ungraded.').nullable(),
  }),
  kind,
);

export const TokenReference = valueType(
  'TokenReference',
  'A token on a blockchain, identified by CAIP-19.',
  (f) => ({
    caip19: f.text('The CAIP-19 id: chain, standard, contract and token id.'),
    chain: f.text('The chain by CAIP-2, such as "eip155:1".'),
    standard: f.text('The token standard as CAIP-19 names it, such as "erc721".'),
    contract: f.text('The address of the contract.'),
    tokenId: f.id('The number of the token in its contract.'),
    mintedOn: f.date('The date on which it was minted; null if unknown.').nullable(),
    mintTransaction: f.text('The hash of the transaction that minted the token; null if unknown.').nullable(),
    metadataUrl: f.text('The address of its metadata; null if unknown.').nullable(),
    supply: f.text('Number of units of the token, a whole number as text; null if unknown.').nullable(),
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
    validUntilDate: f.date('The last day on which it is valid; null if unknown or unlimited.').nullable(),
    referenceNumber: f.text('The reference number at the issuer; null if unknown.').nullable(),
    language: f.text('The language of its text (BCP 47); null if unknown.').nullable(),
    pageCount: f.int('Number of pages; null if unknown.').nullable(),
    parties: f.texts('The parties that it binds or names; empty if none are recorded.'),
  }),
  kind,
);

export const OtherStructure = valueType('OtherStructure', 'Free fields, which only `json` shows.', () => ({}), kind);
