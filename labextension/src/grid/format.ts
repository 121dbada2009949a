import type { Cell } from './arrow';

/** How a cell is shown. */
export interface Shown {
  text: string;
  kind: 'null' | 'number' | 'boolean' | 'text';
}

/** What a missing value looks like, here and in the saved rows. */
export const NULL = '–';
const SIGNIFICANT = 6; // digits of a fraction that a reader takes in
const MOST_DECIMALS = 6; // what is smaller is written with an exponent

const whole = new Intl.NumberFormat('en-US', { useGrouping: 'min2', maximumFractionDigits: 0 });
const scientific = new Intl.NumberFormat('en-US', { notation: 'scientific', maximumFractionDigits: 5 });
const fixed = Array.from(
  { length: MOST_DECIMALS + 1 },
  (_, decimals) =>
    new Intl.NumberFormat('en-US', {
      useGrouping: 'min2',
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    }),
);

/**
 * How many decimals a column of such fractions gets, all its cells alike, so that points align: those that they have, as far
 * as six digits of the largest go, and two in any case.
 */
export function decimalsOf(cells: Cell[]): number {
  const fractions = cells.filter(
    (cell) => typeof cell === 'number' && Number.isFinite(cell) && !isExtreme(cell),
  ) as number[];
  const largest = fractions.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const room = Math.max(2, SIGNIFICANT - Math.trunc(largest).toString().length);
  const needed = fractions.map((value) => decimalsIn(Number(value.toPrecision(12))));
  return Math.min(
    room,
    needed.reduce((most, decimals) => Math.max(most, decimals), 0),
  );
}

function decimalsIn(value: number): number {
  const [, decimals = ''] = String(value).split('.');
  return decimals.length;
}

/** A cell as text for reading. `saved` are texts of the notebook file, already short. */
export function shown(cell: Cell | undefined, numeric: boolean, decimals: number, saved = false): Shown {
  if (cell === null || cell === undefined || (saved && cell === NULL)) return { text: NULL, kind: 'null' };
  if (typeof cell === 'boolean') return { text: String(cell), kind: 'boolean' };
  if (typeof cell === 'bigint') return { text: whole.format(cell), kind: 'number' };
  if (typeof cell === 'number') return { text: numberText(cell, decimals), kind: 'number' };
  if (numeric) return { text: grouped(cell), kind: 'number' };
  return { text: oneLine(cell), kind: 'text' };
}

/** A cell with all that is known of it: for a tooltip, and to be copied. */
export function full(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell);
}

function numberText(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', '∞');
  if (isExtreme(value)) return scientific.format(value).replace('E', 'e');
  const vanishes = value !== 0 && Math.abs(value) < 10 ** -decimals;
  return vanishes && decimals > 0
    ? scientific.format(value).replace('E', 'e')
    : (fixed[decimals] ?? whole).format(value);
}

const isExtreme = (value: number): boolean =>
  Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 10 ** -MOST_DECIMALS);

/** A number that is kept as text, such as a decimal, digits as they are. */
function grouped(text: string): string {
  const found = /^([-+]?)(\d{5,})(\.\d+)?$/.exec(text);
  if (found === null) return oneLine(text);
  const [, sign = '', digits = '', rest = ''] = found;
  return `${sign}${digits.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`;
}

const oneLine = (text: string): string => text.slice(0, 500).replace(/\s*[\r\n]+\s*/g, ' ⏎ ');

/** "1,204 of 10,000,000 rows". */
export function countText(shownRows: number, total: number): string {
  const all = `${counted(total)} ${total === 1 ? 'row' : 'rows'}`;
  return shownRows === total ? all : `${counted(shownRows)} of ${all}`;
}

/** A count, always grouped. */
export const counted = (count: number): string => count.toLocaleString('en-US');
