import { z } from 'zod';
import type { ImportLine, ReadLine } from './line.ts';

const text = z.string().nullish();
const inches = z.number().nullish();

const creator = z.looseObject({
  artist_id: text,
  party_type: text,
  full_name: z.string(),
  cited_name: text,
  role: text,
  nationality: text,
  birth_date: text,
  death_date: text,
  birth_place: text,
  death_place: text,
});

/**
 * A work in the collection data of the Carnegie Museum of Art (github.com/cmoa/collection). Only the shape is checked here; the graph
 * validates titles and dates.
 */
const work = z.looseObject({
  id: text,
  title: text,
  creation_date: text,
  creation_date_earliest: text,
  creation_date_latest: text,
  medium: text,
  accession_number: text,
  credit_line: text,
  date_acquired: text,
  department: text,
  item_width: inches,
  item_height: inches,
  item_depth: inches,
  item_diameter: inches,
  web_url: text,
  provenance_text: text,
  classification: text,
  creator: z.array(creator).nullish(),
});

type Work = z.output<typeof work>;
type Creator = z.output<typeof creator>;

/** Fields that are mapped; all other fields of a record are copied to the details. */
const known = new Set(Object.keys(work.shape));

/** The places of the museum's classifications in the default tree of categories. */
export const cmoaCategories: Readonly<Record<string, string>> = {
  prints: 'art/prints',
  'printing blocks': 'art/prints',
  'printing plates': 'art/prints',
  paintings: 'art/paintings',
  'drawings and watercolors': 'art/drawings',
  photographs: 'art/photographs',
  sculpture: 'art/sculpture',
  'religious visual works': 'art/sculpture',
  installations: 'art/installations',
  collages: 'art/collages',
  films: 'art/film-and-video',
  video: 'art/film-and-video',
  'architectural drawings': 'art/architecture',
  textiles: 'art/decorative/textiles',
  costume: 'art/decorative/costume',
  ceramics: 'art/decorative/ceramics',
  glass: 'art/decorative/glass',
  metals: 'art/decorative/metalwork',
  wood: 'art/decorative/woodwork',
  containers: 'art/decorative/vessels',
  furniture: 'art/decorative/furniture',
  mirrors: 'art/decorative/furniture',
  'lighting devices': 'art/decorative/lighting',
  books: 'collectibles/books',
  'recreational artifacts': 'collectibles/toys',
  'tools and equipment': 'real-things/tools',
  'measuring devices': 'real-things/tools',
  'sound devices': 'real-things/musical-instruments',
};

/** Maps a record of the museum's catalogue to an import line. */
export function cmoaLine(record: unknown, number: number): ReadLine {
  const parsed = work.safeParse(record);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    return {
      fault: {
        line: number,
        field: field === '' ? null : field,
        code: issue?.code ?? 'invalid',
        message: issue?.message ?? 'This is not a work.',
      },
    };
  }
  const found = parsed.data;
  const creators = (found.creator ?? []).filter(({ full_name }) => full_name.trim() !== '');
  const earliest = dateOf(found.creation_date_earliest);
  const latest = dateOf(found.creation_date_latest);
  const line: ImportLine = {
    line: number,
    kind: 'ART',
    ...given({
      sourceId: found.id,
      title: found.title,
      sourceUrl: found.web_url,
      classification: found.classification,
      department: found.department,
      materials: found.medium,
      creationDate: found.creation_date,
      createdEarliest: earliest.date,
      createdLatest: latest.date,
      acquiredOn: found.date_acquired,
      accessionNumber: found.accession_number,
      creditLine: found.credit_line,
      provenanceText: found.provenance_text,
    }),
    creators: creators.map(({ full_name }) => full_name.trim()),
    details: detailsOf(found, creators, { createdEarliest: earliest.beforeChrist, createdLatest: latest.beforeChrist }),
  };
  return { line };
}

/** A year before the common era in ISO 8601: `-0664-01-08`. Dates of the graph start at the year 1. */
const beforeChrist = /^-\d{4,6}-\d{2}-\d{2}$/;

function dateOf(written: string | null | undefined): { date?: string | null | undefined; beforeChrist?: string } {
  return written && beforeChrist.test(written) ? { beforeChrist: written } : { date: written };
}

function detailsOf(
  found: Work,
  creators: Creator[],
  dates: Record<string, string | undefined>,
): Record<string, unknown> {
  const size = dimensionsOf(found);
  const other = Object.entries(found).filter(([name, value]) => !known.has(name) && value !== null);
  return {
    ...given(dates),
    ...(size ? { dimensions: size } : {}),
    ...(creators.length > 0 ? { creators: creators.map(creatorDetails) } : {}),
    ...(other.length > 0 ? { other: Object.fromEntries(other) } : {}),
  };
}

/** The museum measures in inches; 0 means not measured. */
function dimensionsOf(found: Work): Record<string, unknown> | null {
  const sides = {
    width: found.item_width,
    height: found.item_height,
    depth: found.item_depth,
    diameter: found.item_diameter,
  };
  const measured = Object.entries(sides).filter(([, value]) => typeof value === 'number' && value > 0);
  return measured.length > 0 ? { unit: 'in', ...Object.fromEntries(measured) } : null;
}

/** The details of a creator's part in this work: "after", "publisher", "attributed to". */
function creatorDetails(person: Creator): Record<string, string> {
  return given({
    name: person.full_name,
    id: person.artist_id,
    citedName: person.cited_name,
    party: person.party_type,
    role: person.role,
    nationality: person.nationality,
    born: person.birth_date,
    died: person.death_date,
    birthPlace: person.birth_place,
    deathPlace: person.death_place,
  });
}

/** Trims texts; empty ones are left out. */
function given(texts: Record<string, string | null | undefined>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(texts)) {
    const said = value?.trim();
    if (said) kept[name] = said;
  }
  return kept;
}
