import type { RegularTableElement } from 'regular-table';

export const ROW = 24; // pixels of a row, as in grid.css
export const HEAD = 2 * ROW; // name and type
const NATIVE = 4_900_000; // pixels that every browser scrolls exactly
const LINE = 1; // WheelEvent.DOM_DELTA_LINE

/**
 * Which rows are in sight.
 *
 * Browsers limit how high an element can be, so that the height of a long table is a fraction of its rows': one pixel of the
 * scroll bar is many rows then. There the bar leads to the region, while wheel, keys and jumps count in rows: `top` is the
 * first row in sight until the bar is moved again.
 */
export class Viewport {
  total = 0;
  /** The first row in sight, as it was drawn last. */
  first = 0;
  private top: number | null = null;
  private setTo = -1; // the scroll position that came of `top`
  private wheeled = 0; // pixels that are not yet a row

  constructor(
    private readonly element: RegularTableElement,
    private readonly redraw: () => void,
  ) {
    element.addEventListener('scroll', this.onScroll, { capture: true });
    element.addEventListener('wheel', this.onWheel, { passive: false });
  }

  get isLong(): boolean {
    return this.total * ROW > NATIVE;
  }

  /** Rows that are wholly in sight. */
  get rows(): number {
    return Math.max(1, Math.floor((this.element.clientHeight - HEAD) / ROW));
  }

  /** The first row to draw, where the table itself would draw that one. */
  begin(native: number): number {
    this.first = this.isLong && this.top !== null ? this.top : native;
    return this.first;
  }

  /** Puts a row at the top, or as near to it as the end allows. */
  goTo(row: number): void {
    const top = Math.max(0, Math.min(this.lastTop, row));
    if (!this.isLong) {
      this.element.scrollTop = top * ROW;
      return;
    }
    this.top = top;
    const height = this.element.scrollHeight - this.element.clientHeight;
    this.element.scrollTop = Math.round((top / Math.max(1, this.lastTop)) * height);
    this.setTo = this.element.scrollTop;
    this.redraw();
  }

  /** Puts a column first, as far as the library can go; resolves when it is drawn. */
  async goToColumn(column: number): Promise<void> {
    const top = this.element.scrollTop;
    const drawn = this.element.scrollToCell(column, top / ROW);
    this.element.scrollTop = top;
    await drawn;
  }

  /** Moves as little as brings a row into sight. */
  show(row: number): void {
    const first = this.isLong ? this.first : this.element.scrollTop / ROW;
    if (row < first) this.goTo(row);
    else if (row > first + this.rows - 1) this.goTo(row - this.rows + 1);
  }

  /** Back to the beginning, for another view. */
  reset(): void {
    this.top = null;
    this.setTo = -1;
    this.element.scrollTop = 0;
  }

  dispose(): void {
    this.element.removeEventListener('scroll', this.onScroll, { capture: true });
    this.element.removeEventListener('wheel', this.onWheel);
  }

  private get lastTop(): number {
    return Math.max(0, this.total - this.rows);
  }

  private readonly onScroll = (): void => {
    if (this.element.scrollTop !== this.setTo) this.top = null;
  };

  private readonly onWheel = (event: WheelEvent): void => {
    if (!this.isLong || event.ctrlKey || event.deltaY === 0) return;
    this.wheeled += event.deltaMode === LINE ? event.deltaY * ROW : event.deltaY;
    const rows = Math.trunc(this.wheeled / ROW);
    const to = Math.max(0, Math.min(this.lastTop, this.first + rows));
    if (to === this.first && rows !== 0) {
      this.wheeled = 0;
      return; // at an end: the notebook scrolls on
    }
    event.preventDefault();
    this.wheeled -= rows * ROW;
    if (rows !== 0) this.goTo(to);
  };
}
