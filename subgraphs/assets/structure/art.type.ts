import { valueType } from '../../../platform/declare/value-type.ts';
import { kind } from './structure.type.ts';

const ArtworkDimensions = valueType('ArtworkDimensions', 'Sides of a work in one unit.', (f) => ({
  unit: f.text('mm, cm, m, in, ft, or px for digital works.'),
  height: f.float('Height in `unit`; null if unknown.').nullable(),
  width: f.float('Width in `unit`; null if unknown.').nullable(),
  depth: f.float('Depth in `unit`; null if unknown or flat.').nullable(),
  diameter: f.float('Diameter in `unit`; null if unknown or not round.').nullable(),
}));

const ArtworkEdition = valueType('ArtworkEdition', 'Which of an edition a work is.', (f) => ({
  number: f.int('The number of this copy in the edition; null if unnumbered.').nullable(),
  size: f.int('How many the edition has.').nullable(),
  artistProof: f.boolean('Whether it is an artist’s proof (A.P.).').nullable(),
}));

export const Artwork = valueType(
  'Artwork',
  'A work of art, digital or not.',
  (f) => ({
    dimensions: f.object(ArtworkDimensions, 'The size of the work; null if unknown.').nullable(),
    edition: f.object(ArtworkEdition, 'The edition to which the work belongs; null if unique or unknown.').nullable(),
    signed: f.boolean('Whether it is signed.').nullable(),
    signature: f.text('Where and how it is signed.').nullable(),
    framed: f.boolean('Whether it comes framed.').nullable(),
    condition: f.text('Its condition, in words.').nullable(),
    inscription: f.text('What is written on it.').nullable(),
  }),
  kind,
);
