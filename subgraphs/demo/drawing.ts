import { Chance } from './chance.ts';

/** The seed of a drawing: the same values always give the same picture. */
export interface Subject {
  sourceId: string;
  title: string;
  kind: string;
  classification: string;
}

/** From dark to light, and an accent. */
type Palette = readonly [string, string, string, string, string];

const palettes: readonly Palette[] = [
  ['#1d2b3a', '#34566b', '#7c9a92', '#e5d9b6', '#d96c47'],
  ['#2b1f2f', '#5b3a54', '#a65e5a', '#e8b88a', '#f4e3c1'],
  ['#10302f', '#1f5c57', '#5f9e8f', '#c9d8b6', '#e9a23b'],
  ['#22223b', '#4a4e69', '#9a8c98', '#d9c7bd', '#c1553b'],
  ['#2d2a26', '#6b5b4b', '#a98f6f', '#e0d0b2', '#486f7a'],
  ['#15233f', '#27507a', '#5d8fb5', '#dbe3e6', '#e2725b'],
  ['#33202a', '#7a3b45', '#c46d5e', '#ecc79c', '#3e6259'],
];
const greys: Palette = ['#161616', '#3a3a3a', '#7d7d7d', '#cfcfcf', '#f1f1ee'];
const paper: Palette = ['#2f2a26', '#6a5f55', '#b3a692', '#f0e8d8', '#8f3b2e'];

interface Sheet {
  width: number;
  height: number;
  chance: Chance;
  colours: Palette;
}

const n = (value: number): string => value.toFixed(1);
const times = (count: number, draw: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => draw(i)).join('');
const ground = ({ width, height }: Sheet, from: string, to: string): string =>
  `<defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient></defs><rect width="${width}" height="${height}" fill="url(#g)"/>`;

/** Hills or water in layers below a disc of light. */
function landscape(sheet: Sheet): string {
  const { width, height, chance, colours } = sheet;
  const [dark, deep, middle, light, accent] = colours;
  const horizon = chance.between(0.35, 0.55) * height;
  const disc = `<circle cx="${n(chance.between(0.2, 0.8) * width)}" cy="${n(horizon * chance.between(0.4, 0.8))}" r="${n(chance.between(50, 110))}" fill="${accent}"/>`;
  const layers = times(6, (i) => {
    const base = horizon + ((height - horizon) * i) / 6;
    const swing = chance.between(15, 60);
    const [a, b, c] = [chance.between(-swing, swing), chance.between(-swing, swing), chance.between(-swing, swing)];
    const path = `M0 ${n(base + a)} C${n(width * 0.3)} ${n(base - swing)} ${n(width * 0.4)} ${n(base + swing)} ${n(width * 0.6)} ${n(base + b)} S${n(width * 0.9)} ${n(base - swing)} ${width} ${n(base + c)} V${height} H0Z`;
    const fill = [middle, middle, deep, deep, dark, dark][i] as string;
    return `<path d="${path}" fill="${fill}" fill-opacity="${n(0.55 + i * 0.09)}"/>`;
  });
  return ground(sheet, light, middle) + disc + layers;
}

/** Pencil lines on paper that gather around a few places. */
function strokes(sheet: Sheet): string {
  const { width, height, chance, colours } = sheet;
  const [dark, deep, , light, accent] = colours;
  const places = Array.from({ length: 4 }, () => [
    chance.between(0.2, 0.8) * width,
    chance.between(0.25, 0.75) * height,
  ]);
  const lines = times(90, () => {
    const [x = 0, y = 0] = chance.of(places);
    const angle = chance.between(0, Math.PI * 2);
    const far = chance.between(60, 320);
    const [dx, dy] = [Math.cos(angle) * far, Math.sin(angle) * far * 0.7];
    return `<path d="M${n(x - dx)} ${n(y - dy)} Q${n(x + dy * 0.6)} ${n(y - dx * 0.3)} ${n(x + dx)} ${n(y + dy)}" stroke-width="${n(chance.between(0.8, 4))}"/>`;
  });
  return `<rect width="${width}" height="${height}" fill="${light}"/><g fill="none" stroke="${dark}" stroke-opacity="0.55" stroke-linecap="round">${lines}</g><path d="M${n(width * 0.15)} ${n(height * 0.86)} H${n(width * 0.85)}" stroke="${deep}" stroke-width="2"/><circle cx="${n(width * 0.8)}" cy="${n(height * 0.2)}" r="26" fill="${accent}" fill-opacity="0.85"/>`;
}

/** Forms stacked before a wall. */
function forms(sheet: Sheet): string {
  const { width, height, chance, colours } = sheet;
  const [dark, deep, middle, light, accent] = colours;
  const floor = height * 0.8;
  let top = floor;
  const pile = times(5, (i) => {
    const high = chance.between(70, 170);
    const wide = chance.between(140, 420) * (1 - i * 0.1);
    const x = width / 2 + chance.between(-70, 70);
    top -= high;
    const fill = [deep, accent, middle, dark, accent][i] as string;
    if (i % 3 === 1)
      return `<ellipse cx="${n(x)}" cy="${n(top + high / 2)}" rx="${n(wide / 2)}" ry="${n(high / 2)}" fill="${fill}"/>`;
    return `<rect x="${n(x - wide / 2)}" y="${n(top)}" width="${n(wide)}" height="${n(high)}" rx="${n(chance.between(0, 30))}" fill="${fill}"/>`;
  });
  return `${ground(sheet, light, middle)}<rect y="${n(floor)}" width="${width}" height="${n(height - floor)}" fill="${deep}" fill-opacity="0.5"/><ellipse cx="${width / 2}" cy="${n(floor + 14)}" rx="${n(width * 0.28)}" ry="26" fill="${dark}" fill-opacity="0.45"/>${pile}`;
}

/** Rows of windows, each cut along a diagonal. */
function quilt(sheet: Sheet): string {
  const { width, height, chance, colours } = sheet;
  const side = 150;
  const tiles = times(Math.ceil(width / side) * Math.ceil(height / side), (i) => {
    const x = (i % Math.ceil(width / side)) * side;
    const y = Math.floor(i / Math.ceil(width / side)) * side;
    const [a, b, c] = [chance.of(colours), chance.of(colours), chance.of(colours)];
    const corner = chance.next() < 0.5 ? `M${x} ${y}h${side}l-${side} ${side}z` : `M${x} ${y}h${side}v${side}z`;
    return `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${a}"/><path d="${corner}" fill="${b}"/><rect x="${x + 50}" y="${y + 50}" width="50" height="50" fill="${c}"/>`;
  });
  return tiles;
}

/** A record sleeve: rings around a shifting centre, like spreading sound. */
function rings(sheet: Sheet): string {
  const { width, height, chance, colours } = sheet;
  const [dark, deep, middle, light, accent] = colours;
  const [x, y] = [chance.between(0.25, 0.75) * width, chance.between(0.3, 0.7) * height];
  const step = chance.between(34, 60);
  const circles = times(16, (i) => {
    const r = step * (16 - i);
    const fill = i === 15 ? accent : ([dark, deep, middle, light][(i + Math.floor(step)) % 4] as string);
    return `<circle cx="${n(x + chance.between(-8, 8) * (16 - i) * 0.25)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"/>`;
  });
  return `<rect width="${width}" height="${height}" fill="${deep}"/>${circles}<rect y="${n(height * 0.88)}" width="${width}" height="${n(height * 0.02)}" fill="${accent}"/>`;
}

/** Rows of handwriting on a sheet, with a signature below. */
function writing(sheet: Sheet): string {
  const { width, height, chance, colours } = sheet;
  const [dark, deep, middle, light, accent] = colours;
  const rows = times(19, (i) => {
    const y = height * 0.14 + i * height * 0.036;
    let x = width * 0.16;
    const end = width * (i % 6 === 5 ? chance.between(0.35, 0.6) : 0.84);
    let words = '';
    while (x < end) {
      const wide = Math.min(chance.between(20, 90), end - x);
      words += `M${n(x)} ${n(y)}q${n(wide / 4)} ${n(chance.between(-14, -4))} ${n(wide / 2)} 0t${n(wide / 2)} 0`;
      x += wide + 16;
    }
    return words;
  });
  const name = `M${n(width * 0.5)} ${n(height * 0.9)}c40 -90 70 40 110 -20s50 -40 80 10s60 -50 110 -10`;
  return `<rect width="${width}" height="${height}" fill="${middle}"/><rect x="${n(width * 0.08)}" y="${n(height * 0.05)}" width="${n(width * 0.84)}" height="${n(height * 0.9)}" fill="${light}"/><g fill="none" stroke-linecap="round"><path d="${rows}" stroke="${deep}" stroke-width="3"/><path d="${name}" stroke="${accent}" stroke-width="5"/></g><path d="M${n(width * 0.16)} ${n(height * 0.1)}h${n(width * 0.3)}" stroke="${dark}" stroke-width="6"/>`;
}

const styles: Readonly<Record<string, { draw: (sheet: Sheet) => string; size: [number, number]; colours?: Palette }>> =
  {
    Painting: { draw: landscape, size: [1200, 900] },
    Video: { draw: landscape, size: [1280, 720] },
    Photograph: { draw: landscape, size: [900, 1200], colours: greys },
    Drawing: { draw: strokes, size: [900, 1200], colours: paper },
    Print: { draw: strokes, size: [1200, 900] },
    Poster: { draw: rings, size: [850, 1200] },
    Textile: { draw: quilt, size: [1200, 900] },
    Manuscript: { draw: writing, size: [900, 1200], colours: paper },
    Score: { draw: writing, size: [900, 1200], colours: paper },
    Composition: { draw: writing, size: [900, 1200], colours: paper },
    Contract: { draw: writing, size: [900, 1200], colours: paper },
  };

/** A generated drawing of a work, as SVG. */
export function drawingOf({ sourceId, title, kind, classification }: Subject): string {
  const chance = new Chance(`${sourceId}\n${title}`);
  const style = styles[classification] ?? {
    draw: kind === 'MUSIC' || kind === 'NFT' ? rings : forms,
    size: kind === 'ART' || kind === 'COLLECTIBLE' ? ([900, 1200] as const) : ([1000, 1000] as const),
  };
  const [width, height] = style.size;
  const colours = ('colours' in style && style.colours) || chance.of(palettes);
  const drawn = style.draw({ width, height, chance, colours });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn}</svg>`;
}
