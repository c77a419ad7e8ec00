import { valueType } from '../../../platform/declare/value-type.ts';
import { kind } from './structure.type.ts';

const ArtworkDimensions = valueType('ArtworkDimensions', 'The dimensions of a work in one unit.', (f) => ({
  unit: f.text('mm, cm, m, in, ft, or px for digital works.'),
  height: f.float('Height in `unit`; null if unknown.').nullable(),
  width: f.float('Width in `unit`; null if unknown.').nullable(),
  depth: f.float('Depth in `unit`; null if unknown or flat.').nullable(),
  diameter: f.float('Diameter in `unit`; null if unknown or not round.').nullable(),
}));

const ArtworkEdition = valueType('ArtworkEdition', 'The place of a work in an edition.', (f) => ({
  number: f.int('The number of this copy in the edition; null if unnumbered.').nullable(),
  size: f.int('Number of copies in the edition; null if unknown.').nullable(),
  artistProof: f.boolean('Whether it is an artist’s proof (A.P.); null if unknown.').nullable(),
}));

export const Artwork = valueType(
  'Artwork',
  'A work of art, digital or not.',
  (f) => ({
    dimensions: f.object(ArtworkDimensions, 'The size of the work; null if unknown.').nullable(),
    edition: f.object(ArtworkEdition, 'The edition to which the work belongs; null if unique or unknown.').nullable(),
    signed: f.boolean('Whether it is signed; null if unknown.').nullable(),
    signature: f.text('Where and how it is signed; null if unknown or not signed.').nullable(),
    framed: f.boolean('Whether it comes framed; null if unknown.').nullable(),
    condition: f.text('The condition in words; null if unknown.').nullable(),
    inscription: f.text('The text written on it; null if unknown or none.').nullable(),
  }),
  kind,
);
