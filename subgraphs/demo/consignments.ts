import { Chance } from './chance.ts';
import type { Subject } from './drawing.ts';
import type { DemoWork } from './works.ts';

/** A work for sale; its number determines everything about it. */
export type Consignment = DemoWork & Subject;

const makers = [
  'Odile Marchetand',
  'Bertil Aasgaard',
  'Rosamund Okwuosa',
  'Henrike Valdusson',
  'Tobias Greenhollow',
  'Yevgenia Marsh',
  'Ludovic Pell',
  'Sunniva Torrance',
  'Ambrose Kettering',
  'Chiyo Harrowgate',
] as const;

const classes = [
  ['Painting', 'Oil on canvas'],
  ['Painting', 'Tempera on panel'],
  ['Drawing', 'Charcoal on laid paper'],
  ['Print', 'Etching with aquatint'],
  ['Photograph', 'Gelatin silver print'],
  ['Sculpture', 'Patinated bronze'],
  ['Textile', 'Wool and linen'],
  ['Poster', 'Colour lithograph'],
] as const;

const firsts = [
  'Harbour',
  'Orchard',
  'Lantern',
  'Quarry',
  'Winter',
  'Signal',
  'Salt',
  'Garden',
  'Railway',
  'Kestrel',
  'Paper',
  'River',
  'Copper',
  'Chalk',
  'Heron',
  'Mill',
  'Tramway',
] as const;
const seconds = [
  'at Dusk',
  'in Three Parts',
  'with Open Door',
  'Before the Storm',
  'for a Lost Brother',
  'Seen from Below',
  'after the Flood',
  'under Repair',
  'and Its Shadow',
  'by Candlelight',
  'without People',
  'after Hours',
  'on Market Day',
] as const;

/** Number of different titles, after which a number is appended: more than are sold in a year. */
const titles = firsts.length * seconds.length;

/** The work with this number, from 0: always the same one. No two numbers share a title. */
export function consignment(n: number): Consignment {
  const chance = new Chance(`consignment ${n}`);
  // The two lists' lengths are coprime, so every pair occurs once before any repeats.
  const title = `${firsts[n % firsts.length]} ${seconds[n % seconds.length]}`;
  const series = Math.floor(n / titles);
  const [classification, materials] = chance.of(classes);
  const year = String(chance.whole(1908, 1994));
  return {
    sourceId: `CS-${String(n + 1).padStart(4, '0')}`,
    title: series === 0 ? title : `${title}, No. ${series + 1}`,
    kind: 'ART',
    creators: [chance.of(makers)],
    classification,
    materials,
    creationDate: year,
    createdEarliest: `${year}-01-01`,
    createdLatest: `${year}-12-31`,
    tags: ['auction'],
  };
}
