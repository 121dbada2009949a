import { decimalsOf, full, shown, type Shown } from './format';
import { PAGE, type Pages } from './pages';

const PENDING: Shown = { text: '…', kind: 'null' };
const BEYOND: Shown = { text: '', kind: 'text' };

/** The rows as they are read: each cell's text and kind. */
export class Cells {
  private decimals: number[] | null = null;

  constructor(private readonly pages: Pages) {}

  at(row: number, column: number): Shown {
    if (row >= this.pages.total) return BEYOND;
    const cells = this.pages.row(row);
    if (cells === undefined) return PENDING;
    const saved = this.pages.isSaved(row);
    if (!saved) this.decimals ??= this.measured(row);
    return shown(cells[column], this.isNumeric(column), this.decimals?.[column] ?? 0, saved);
  }

  /** All that is known of a cell, where the text does not show it all. */
  tooltip(row: number, column: number): string {
    const { text, kind } = this.at(row, column);
    const whole = kind === 'null' ? '' : full(this.pages.row(row)?.[column]);
    return whole === text && text.length < 8 ? '' : whole;
  }

  /** Some rows of each column, as text. */
  texts(first: number, count: number): string[][] {
    const rows = Array.from(
      { length: Math.min(count, this.pages.total - first) },
      (_, offset) => first + offset,
    );
    return this.pages.rows.columns.map((_, column) => rows.map((row) => this.at(row, column).text));
  }

  isNumeric(column: number): boolean {
    return this.pages.rows.columns[column]?.numeric ?? false;
  }

  /** From the first page that came: later ones keep its decimals, so that nothing moves. */
  private measured(row: number): number[] {
    const start = row - (row % PAGE);
    const rows = Array.from({ length: PAGE }, (_, offset) => this.pages.row(start + offset) ?? []);
    return this.pages.rows.columns.map((_, column) => decimalsOf(rows.map((cells) => cells[column] ?? null)));
  }
}
