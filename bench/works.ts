/** A synthetic work in import format. */
export interface BenchWork {
  title: string;
  kind: string;
  description: string;
  creators: string[];
  classification: string;
  department: string;
  materials: string;
  createdEarliest: string;
  tags: string[];
}

const things =
  'portrait landscape harbour still-life nocturne garden bridge market interior procession storm orchard'.split(' ');
const places = 'Pittsburgh Venice Kyoto Lisbon Zürich Oaxaca Bergen Fès Valparaíso Tbilisi'.split(' ');
const moods = 'quiet broken golden distant winter unfinished crowded silver blue forgotten'.split(' ');
const classes = ['prints', 'paintings', 'photographs', 'drawings and watercolors', 'sculpture', 'textiles', 'ceramics'];
const departments = ['Fine Arts', 'Contemporary Art', 'Decorative Arts and Design', 'Photography', 'Architecture'];
const media = [
  'oil on canvas',
  'etching',
  'gelatin silver print',
  'woodblock print',
  'silk',
  'porcelain',
  'ink on paper',
];
const kinds = ['ART', 'ART', 'ART', 'ART', 'COLLECTIBLE', 'NFT', 'MUSIC', 'DOCUMENT'];

/** A seeded 32-bit generator (splitmix32): work n is the same in every run and order. */
function mixed(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return ((t ^ (t >>> 15)) >>> 0) / 4294967296;
  };
}

/** The n-th work. Values are as skewed as in a real catalogue: squaring a uniform draw makes a few of them frequent. */
export function workAt(n: number): BenchWork {
  const draw = mixed(n * 2654435761);
  const of = <T>(list: readonly T[]): T => list[Math.floor(draw() ** 2 * list.length)] as T;
  const [thing, mood, place] = [of(things), of(moods), of(places)];
  const maker = Math.floor(draw() ** 3 * 20_000);
  return {
    title: `${mood} ${thing} near ${place}, no. ${n % 97}`,
    kind: of(kinds),
    description: `A ${mood} ${thing} seen from ${of(places)}, with a ${of(things)} and a ${of(things)} behind it. Sheet ${n}.`,
    creators: [`Maker ${maker} of ${of(places)}`, ...(draw() < 0.1 ? [`Workshop ${maker % 100}`] : [])],
    classification: of(classes),
    department: of(departments),
    materials: of(media),
    createdEarliest: `${1500 + Math.floor(draw() * 520)}-01-01`,
    tags: [of(moods), of(places)],
  };
}
