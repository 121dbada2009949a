import type { RegularTableElement } from 'regular-table';
import type { RowsState } from '../protocol';

const CHARACTER = 7.25; // pixels of the 12 px monospace type
const PADDING = 18;
const SIGN = 16; // that of the order, in the header
const BUTTON = 22; // the filter's, in the header
const LEAST = 64;
const MOST = 280;
const MOST_HEAD = 200;

/**
 * How wide the columns are: wide enough for most of what is seen first, then as the person drags them.
 *
 * Only columns of numbers grow by themselves later on: half a number would be read as another one.
 */
export class ColumnWidths {
  private readonly given: number[];

  constructor(
    private readonly element: RegularTableElement,
    private readonly columns: RowsState['columns'],
    texts: string[][],
  ) {
    this.given = columns.map((column, at) => Math.max(headWidth(column), bodyWidth(texts[at] ?? [], 0.95)));
    element.restoreColumnSizes(Object.fromEntries(this.given.map((width, at) => [at + 1, width])));
  }

  /** Makes room for these texts of each column; those that were dragged are left. */
  fit(texts: string[][], all: boolean): void {
    const sizes = this.element.saveColumnSizes();
    this.columns.forEach(({ numeric }, at) => {
      const width = bodyWidth(texts[at] ?? [], numeric ? 1 : 0.95);
      const old = this.given[at] ?? 0;
      if ((all || numeric) && width > old && sizes[at + 1] === old) sizes[at + 1] = this.given[at] = width;
    });
    this.element.restoreColumnSizes(sizes);
  }

  /** Pixels of a column now. */
  of(column: number): number {
    return this.element.saveColumnSizes()[column + 1] ?? LEAST;
  }
}

/** Pixels of the row numbers. */
export function numbersWidth(total: number): number {
  return Math.ceil(Math.max(2, total.toLocaleString('en-US').length) * CHARACTER + PADDING);
}

/** One long text makes no wide column: the share of texts that are to fit is `share`. */
function bodyWidth(texts: string[], share: number): number {
  const lengths = texts.map((text) => text.length).sort((one, other) => one - other);
  const length = lengths[Math.floor((lengths.length - 1) * share)] ?? 0;
  return Math.ceil(Math.min(MOST, Math.max(LEAST, length * CHARACTER + PADDING)));
}

function headWidth({ name, type }: RowsState['columns'][number]): number {
  const width = Math.max(name.length * CHARACTER + PADDING + SIGN, type.length * 6.2 + PADDING + BUTTON);
  return Math.ceil(Math.min(MOST_HEAD, Math.max(LEAST, width)));
}
