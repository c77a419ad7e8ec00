/** The rows of the benchmark's subgraphs, made from their number: the same in every process and run. */

export const sizes = { people: 2_000, teams: 20, posts: 1_000, products: 1_000, warehouses: 10 };

/** Columnists write all columns; each reader's letter is by somebody else. */
const columnists = 8;

const cities = ['Aarhus', 'Brno', 'Cádiz', 'Dakar', 'Évora', 'Fukuoka', 'Gdańsk', 'Hobart', 'Izmir', 'Jaipur'];
const words = ['quiet', 'copper', 'harbour', 'window', 'lantern', 'orchard', 'signal', 'paper', 'northern', 'velvet'];

function pick<T>(from: readonly T[], n: number): T {
  return from[n % from.length] as T;
}

function title(n: number): string {
  return `${pick(words, n)} ${pick(words, n * 7 + 3)} ${n}`;
}

function text(n: number, length: number): string {
  return Array.from({ length }, (_, at) => pick(words, n * 13 + at * 5)).join(' ');
}

function day(n: number): string {
  return new Date(Date.UTC(2024, 0, 1) + n * 43_200_000).toISOString();
}

/** The number in an id such as `person-17`. */
export function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}

export function range(first: number, from = 0): number[] {
  return Array.from({ length: first }, (_, n) => from + n);
}

export interface Reference {
  id: string;
}

export const personId = (n: number): Reference => ({ id: `person-${n % sizes.people}` });
export const teamId = (n: number): Reference => ({ id: `team-${n % sizes.teams}` });
export const postId = (n: number): Reference => ({ id: `post-${n % sizes.posts}` });
export const productId = (n: number): Reference => ({ id: `product-${n % sizes.products}` });
export const warehouseId = (n: number): Reference => ({ id: `warehouse-${n % sizes.warehouses}` });

export function person(n: number): Record<string, unknown> {
  return {
    ...personId(n),
    name: `${pick(words, n)} ${pick(cities, n * 3)} ${n}`,
    handle: `@${pick(words, n)}${n}`,
    bio: n % 3 === 0 ? null : text(n, 12),
    joined: day(n),
    country: pick(cities, n).slice(0, 2).toUpperCase(),
    followers: (n * 7919) % 100_000,
    verified: n % 5 === 0,
  };
}

export function team(n: number): Record<string, unknown> {
  return { ...teamId(n), name: `Team ${title(n)}`, founded: 1990 + n };
}

export function post(n: number, section: 'COLUMNS' | 'LETTERS' = n % 2 === 0 ? 'COLUMNS' : 'LETTERS'): object {
  return {
    ...postId(n),
    section,
    title: title(n),
    text: text(n, 40),
    words: 400 + n,
    published: day(n),
    author: personId(section === 'COLUMNS' ? n % columnists : 100 + n),
  };
}

export function comment(onPost: number, n: number): object {
  const number = onPost * 31 + n;
  return { id: `comment-${number}`, text: text(number, 9), written: day(number), author: personId(number % 97) };
}

export function product(n: number): Record<string, unknown> {
  return {
    ...productId(n),
    title: title(n + 5),
    summary: text(n, 20),
    weight: 100 + (n % 50) * 10,
    size: { width: 10 + (n % 7), height: 5 + (n % 11) },
    maker: personId(n % 40),
    replacedBy: n % 3 === 0 ? productId(n + 1) : null,
  };
}

export function stocked(n: number): Record<string, unknown> {
  return {
    ...productId(n),
    price: 500 + ((n * 37) % 5_000),
    inStock: (n * 13) % 90,
    warehouse: warehouseId(n),
  };
}

export function warehouse(n: number): Record<string, unknown> {
  return { ...warehouseId(n), city: pick(cities, n), capacity: 1_000 * (n + 1), manager: personId(200 + n) };
}

export function movement(n: number): Record<string, unknown> {
  return {
    id: `movement-${n}`,
    sequence: n,
    kind: pick(['RECEIVED', 'SOLD', 'MOVED'], n),
    note: n % 4 === 0 ? null : text(n, 6),
    quantity: (n % 40) + 1,
    before: n * 2,
    after: n * 2 + 1,
    unitPrice: (n % 900) / 10,
    total: ((n % 900) / 10) * ((n % 40) + 1),
    currency: 'EUR',
    batch: `batch-${n % 50}`,
    shelf: `shelf ${n % 30}`,
    row: n % 12,
    isChecked: n % 2 === 0,
    isDamaged: n % 17 === 0,
    temperature: (n % 200) / 10,
    humidity: n % 100,
    reference: `ref-${(n * 7919) % 1_000_000}`,
    created: day(n),
    updated: day(n + 1),
  };
}

export function review(n: number): Record<string, unknown> {
  return {
    id: `review-${n}`,
    stars: 1 + (n % 5),
    text: text(n, 15),
    author: personId(n % 300),
    product: productId(n * 3),
  };
}
