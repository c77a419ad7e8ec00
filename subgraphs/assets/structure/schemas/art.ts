import { object, oneOf, text, whole, yes } from './schema.ts';

/** A hundred kilometres in millimetres, the smallest unit: no work is larger. */
const sideAtMost = 100_000_000;

const side = (which: string): Record<string, unknown> => ({
  type: 'number',
  exclusiveMinimum: 0,
  maximum: sideAtMost,
  description: `${which}, in the unit given.`,
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
      number: whole(1, 1_000_000, 'Which of the edition it is.'),
      size: whole(1, 1_000_000, 'How many the edition has.'),
      artistProof: yes('Whether it is an artist’s proof (A.P.).'),
    },
    { description: 'Its place in an edition; the number is never above the size.', editionOrder: true },
  ),
  signed: yes('Whether it is signed.'),
  signature: text('Where and how it is signed.', 500),
  framed: yes('Whether it comes framed.'),
  condition: text('Its condition, in words.', 2000),
  inscription: text('What is written on it.', 2000),
});
