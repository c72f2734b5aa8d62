/** Text cut to a width in pixels, for SVG, which cannot do it by itself. */

export interface Font {
  size: number;
  weight: number;
}

const families =
  'system-ui, -apple-system, "Segoe UI", Roboto, Cantarell, "Noto Sans", "Liberation Sans", sans-serif';

let context: CanvasRenderingContext2D | null | undefined;

const known = new Map<string, string>();

/** The text, or as much of it as fits. Names keep their last letters: they often differ only there. */
export function fitText(text: string, width: number, font: Font, cut: 'end' | 'middle' = 'end'): string {
  const key = `${font.size}/${font.weight}/${width}/${cut}/${text}`;
  const hit = known.get(key);
  if (hit !== undefined) return hit;
  const fitted = shorten(text, width, font, cut);
  // Texts with running clocks in them come anew every second.
  if (known.size > 5000) known.clear();
  known.set(key, fitted);
  return fitted;
}

function shorten(text: string, width: number, font: Font, cut: 'end' | 'middle'): string {
  if (textWidth(text, font) <= width) return text;
  const tail = cut === 'middle' ? text.slice(-6) : '';
  let low = 0;
  let high = text.length - tail.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(`${text.slice(0, middle)}…${tail}`, font) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…${tail}`;
}

function textWidth(text: string, font: Font): number {
  context ??= document.createElement('canvas').getContext?.('2d') ?? null;
  // Without a canvas an average has to do.
  if (!context) return text.length * font.size * 0.55;
  context.font = `${font.weight} ${font.size}px ${families}`;
  return context.measureText(text).width;
}
