import { object, oneOf, text, whole, yes } from './schema.ts';

/** A hundred kilometres in millimetres, the smallest unit: no work is larger. */
const sideAtMost = 100_000_000;

const side = (which: string): Record<string, unknown> => ({
  type: 'number',
  exclusiveMinimum: 0,
  maximum: sideAtMost,
  description: `${which} in the given unit.`,
});

export const artwork = object({
  dimensions: object(
    {
      unit: oneOf(['mm', 'cm', 'm', 'in', 'ft', 'px'], 'The unit of every side; px for digital works.'),
      height: side('Height'),
      width: side('Width'),
      depth: side('Depth'),
      diameter: side('Diameter'),
    },
    { required: ['unit'], minProperties: 2, description: 'A unit and at least one side.' },
  ),
  edition: object(
    {
      number: whole(1, 1_000_000, 'The number of this copy in the edition.'),
      size: whole(1, 1_000_000, 'Number of copies in the edition.'),
      artistProof: yes('Whether it is an artist’s proof (A.P.).'),
    },
    { description: 'The place of the work in an edition; `number` is at most `size`.', editionOrder: true },
  ),
  signed: yes('Whether it is signed.'),
  signature: text('Where and how it is signed.', 500),
  framed: yes('Whether it comes framed.'),
  condition: text('Its condition, in words.', 2000),
  inscription: text('The text written on it.', 2000),
});
