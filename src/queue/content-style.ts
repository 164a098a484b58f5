/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [number, number, number];

export const WHITE: Colour = [255, 255, 255];

/** What an element's own attributes say of how it looks. Style sheets are not read. */
export interface OwnStyle {
  /** Why nobody sees it, or anything in it, as a clause; null where nothing keeps anybody from it. */
  readonly hidden: string | null;
  /** Whether letters have a size; null where it says nothing. */
  readonly hasSize: boolean | null;
  readonly colour: Colour | null;
  /** `unknown`: an image, a gradient, or a colour that is not read here. */
  readonly background: Colour | 'unknown' | null;
}

export function ownStyle(attributes: Readonly<Record<string, string>>): OwnStyle {
  const style = declarations(attributes['style'] ?? '');
  const size = style.get('font-size');
  const background = style.get('background-color') ?? style.get('background') ?? attributes['bgcolor'];
  const hasPicture = attributes['background'] !== undefined || isPicture(style.get('background-image'));
  return {
    hidden: hiddenBy(style, attributes),
    hasSize: size === undefined ? null : !isZero(size),
    colour: colourOf(style.get('color') ?? attributes['color']),
    background: hasPicture
      ? 'unknown'
      : background === undefined
        ? null
        : (colourOf(background) ?? 'unknown'),
  };
}

function isPicture(image: string | undefined): boolean {
  return image !== undefined && image !== 'none';
}

/** So close that nobody reads one on the other: WCAG wants far more of a difference. */
export function isSameColour(one: Colour, other: Colour): boolean {
  return one.every((value, channel) => Math.abs(value - (other[channel] ?? 0)) <= NEAR);
}

const NEAR = 8;

function declarations(style: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const declaration of style.split(';')) {
    const colon = declaration.indexOf(':');
    if (colon < 0) continue;
    const value = declaration.slice(colon + 1).replace(/!\s*important/i, '');
    found.set(declaration.slice(0, colon).trim().toLowerCase(), value.trim().toLowerCase());
  }
  return found;
}

function hiddenBy(
  style: ReadonlyMap<string, string>,
  attributes: Readonly<Record<string, string>>,
): string | null {
  if (style.get('display') === 'none') return 'display:none';
  if (style.get('visibility') === 'hidden') return 'visibility:hidden';
  if (isZero(style.get('opacity') ?? '1')) return 'opacity:0';
  const isCut = style.get('overflow') === 'hidden';
  const cutBy = ['max-height', 'height', 'max-width', 'width'].find((name) => isZero(style.get(name) ?? '1'));
  if (isCut && cutBy !== undefined) return `${cutBy}:0`;
  return attributes['hidden'] === undefined ? null : 'the attribute "hidden"';
}

function isZero(value: string): boolean {
  return /^(?:0+(?:\.0*)?|\.0+)(?:px|pt|em|rem|%)?$/.test(value);
}

const NAMED: ReadonlyMap<string, Colour> = new Map([
  ['white', WHITE],
  ['black', [0, 0, 0]],
]);

/** The forms that mails are written with: `#fff`, `#ffffff`, `rgb(255, 255, 255)`, and two names. */
function colourOf(value: string | undefined): Colour | null {
  const written = value?.trim().toLowerCase() ?? '';
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/.exec(written);
  if (long) return channels(long, 16);
  const short = /^#([\da-f])([\da-f])([\da-f])$/.exec(written);
  if (short) return channels([short[0], ...short.slice(1).map((digit) => digit + digit)], 16);
  const rgb = /^rgb\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*\)$/.exec(written);
  if (rgb) return channels(rgb, 10);
  return NAMED.get(written) ?? null;
}

function channels([, red = '', green = '', blue = '']: readonly string[], radix: number): Colour {
  return [Number.parseInt(red, radix), Number.parseInt(green, radix), Number.parseInt(blue, radix)];
}
