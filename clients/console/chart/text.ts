/** The font of every text in a chart. */
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
export const SIZE = 12;
/** Average width of a letter in pixels, for browsers that refuse a canvas. */
const LETTER = 6.6;
/** Letters that are left of a text without room, and letters of a text that are measured. */
const LEAST_LETTERS = 4;
const MOST_LETTERS = 200;

let context: CanvasRenderingContext2D | null = null;

/** The width of a text in the chart's font, pixels. Measured: capitals are half as wide again as small letters. */
export function widthOf(text: string): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * LETTER;
  context.font = `${SIZE}px ${FONT}`;
  return context.measureText(text).width;
}

/** A text cut to a width in pixels, with an ellipsis; a few letters always remain. */
export function fitted(text: string, pixels: number): string {
  if (text.length <= LEAST_LETTERS || (text.length <= MOST_LETTERS && widthOf(text) <= pixels)) return text;
  let letters = Math.min(text.length, MOST_LETTERS) - 1;
  const cut = (): string => `${text.slice(0, letters).trimEnd()}…`;
  while (letters >= LEAST_LETTERS && widthOf(cut()) > pixels) letters -= 1;
  return cut();
}
