import { draw } from './draw.ts';
import type { ChartChoice } from './choice.ts';
import type { ChartData } from './data.ts';

/** A saved chart has a fixed size and light colours, whatever the window is like. */
const WIDTH = 960;
const HEIGHT = 480;
/** Pixels of the picture per unit of the drawing: sharp in print and on high-density screens. */
const DENSITY = 2;

/** The chart as a self-contained SVG file. */
export function svgText(data: ChartData, choice: ChartChoice, heading: string): string {
  return new XMLSerializer().serializeToString(
    draw(data, choice, { width: WIDTH, height: HEIGHT, theme: 'light', heading }).svg,
  );
}

/** The chart as a PNG file. The page's policy allows pictures only from itself and `data:` URLs. */
export async function pngBlob(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * DENSITY;
  canvas.height = image.naturalHeight * DENSITY;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot draw pictures.');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))), 'image/png');
  });
}
