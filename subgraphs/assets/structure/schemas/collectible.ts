import { enumeration } from '../../../../platform/declare/enumeration.ts';
import { object, oneOf, pattern, text, when, whole, yes, type JsonSchema } from './schema.ts';

export const CollectibleItemType = enumeration('CollectibleItemType', 'The kind of a collectible.', {
  CARD: 'A trading card.',
  COMIC: 'A comic book.',
  MAGAZINE: 'A magazine.',
  COIN: 'A coin.',
  STAMP: 'A stamp.',
  TOY: 'A toy.',
  GAME: 'A game.',
  OTHER: 'Another collectible.',
});
export const CollectibleGrader = enumeration(
  'CollectibleGrader',
  'A company that grades collectibles and seals them.',
  {
    PSA: 'Professional Sports Authenticator.',
    CGC: 'Certified Guaranty Company.',
    BGS: 'Beckett Grading Services.',
  },
);

const halves = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) * 2 + 1 }, (_, n) => from + n / 2);

/**
 * Grades as printed on the label. PSA: 1 to 10 with half points up to 8.5 (there is no 9.5), or authentic without a grade.
 * BGS: half points from 1 to 10, its subgrades likewise. CGC cards: half points from 1 to 10; CGC comics and magazines: the 25
 * steps of the Overstreet scale, with tenths at its ends.
 * Sources: the graders' published scales (psacard.com/gradingstandards, beckett.com/grading/scale, cgccomics.com and
 * cgccards.com, "grading scale").
 */
export const gradesOf = {
  PSA: [
    ...halves(1, 9)
      .filter((grade) => grade !== 9)
      .map(String),
    '9',
    '10',
    'AUTHENTIC',
  ],
  BGS: [...halves(1, 10).map(String), 'AUTHENTIC'],
  CGC_CARDS: [...halves(1, 10).map(String), 'AUTHENTIC'],
  CGC_COMICS: [
    '0.5',
    '1.0',
    '1.5',
    '1.8',
    ...halves(2, 9).map((grade) => grade.toFixed(1)),
    '9.2',
    '9.4',
    '9.6',
    '9.8',
    '9.9',
    '10.0',
  ],
} as const;

const grade = (grades: readonly string[], of: string): JsonSchema => ({
  enum: grades,
  description: `A grade of ${of}, as printed on the label.`,
});

/** The rules of one grader: its scale and the form of its certificate numbers. */
const scale = (grader: string, grades: readonly string[], digits: string, example: string): JsonSchema => ({
  properties: {
    grade: grade(grades, grader),
    certificateNumber: pattern(`^[0-9]{${digits}}$`, `A ${grader} certificate number has ${digits} digits.`, example),
  },
});

const graderIs = (grader: string): JsonSchema => ({
  properties: { grader: { const: grader } },
  required: ['grader'],
});

const subgrade = (of: string): JsonSchema => grade(halves(1, 10).map(String), `${of} (BGS, CGC)`);

const grading = object(
  {
    grader: oneOf(CollectibleGrader.values, 'The grading company.'),
    grade: text('The grade as printed on the label, such as "9.5"; "AUTHENTIC" if it has none.', 12),
    certificateNumber: text('The number of the certificate, digits only.', 20),
    qualifier: oneOf(['OC', 'ST', 'PD', 'OF', 'MK', 'MC'], 'PSA’s mark for one flaw of an otherwise better card.'),
    subgrades: object(
      {
        centering: subgrade('centering'),
        corners: subgrade('corners'),
        edges: subgrade('edges'),
        surface: subgrade('surface'),
      },
      { description: 'The four subgrades of a label that has them.' },
    ),
    label: text('Such as “Black Label” or “Signature Series”.', 60),
  },
  {
    required: ['grader', 'grade', 'certificateNumber'],
    description: 'The professional grading: the grader, the grade and the certificate.',
    allOf: [
      when(graderIs('PSA'), scale('PSA', gradesOf.PSA, '5,10', '12345678')),
      when(graderIs('BGS'), scale('BGS', gradesOf.BGS, '7,14', '0012345678')),
      when(graderIs('CGC'), { properties: { certificateNumber: cgcNumber() } }),
      when(
        graderIs('PSA'),
        { properties: { subgrades: { not: {}, description: 'PSA has no subgrades.' } } },
        { properties: { qualifier: { not: {}, description: 'Only PSA has qualifiers.' } } },
      ),
    ],
  },
);

function cgcNumber(): JsonSchema {
  return pattern('^[0-9]{7,13}$', 'A CGC certificate number has 7 to 13 digits.', '4012345001');
}

const cgcGrades = (grades: readonly string[], of: string): JsonSchema => ({
  properties: {
    grading: when(graderIs('CGC'), { properties: { grade: grade(grades, of) } }),
  },
});

/** A card, comic or other collectible. CGC grades comics by another scale than cards, so the item type decides. */
export const collectible = object(
  {
    itemType: oneOf(CollectibleItemType.values, 'The kind of collectible.'),
    set: text('The set or series to which it belongs.'),
    number: text('The number in the set, or of the issue.', 60),
    year: whole(1, 9999, 'The year in which it was made.'),
    manufacturer: text('The maker or publisher.'),
    subject: text('The player, character or motif.'),
    variant: text('Such as “Refractor” or “Newsstand”.', 120),
    language: pattern('^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', 'Language of its text (BCP 47).', 'ja'),
    autographed: yes('Whether it is autographed.'),
    serialNumber: whole(1, 10_000_000, 'The number of the item in a numbered print run.'),
    printRun: whole(1, 10_000_000, 'Number of items in the print run.'),
    grading,
  },
  {
    required: ['itemType'],
    ...when(
      { properties: { itemType: { enum: ['COMIC', 'MAGAZINE'] } }, required: ['itemType'] },
      cgcGrades(gradesOf.CGC_COMICS, 'CGC for comics and magazines'),
      cgcGrades(gradesOf.CGC_CARDS, 'CGC for cards'),
    ),
  },
);
