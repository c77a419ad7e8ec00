import { draw } from './draw.ts';
import type { ChartChoice } from './choice.ts';
import type { ChartData } from './data.ts';

/** A file goes into somebody's document: always the same size, in light colours, whatever the window is like. */
const WIDTH = 960;
const HEIGHT = 480;
/** Pixels of the picture for each of the drawing: sharp in print and on dense screens. */
const DENSITY = 2;

/** The chart as an SVG file that needs nothing from outside. */
export function svgText(data: ChartData, choice: ChartChoice, heading: string): string {
  return new XMLSerializer().serializeToString(
    draw(data, choice, { width: WIDTH, height: HEIGHT, theme: 'light', heading }).svg,
  );
}

/** The chart as a PNG file. The policy of the page allows pictures from `data:` addresses, and from no other. */
export async function pngBlob(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * DENSITY;
  canvas.height = image.naturalHeight * DENSITY;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser draws no pictures.');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))), 'image/png');
  });
}
