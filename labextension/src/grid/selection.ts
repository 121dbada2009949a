import { full } from './format';
import type { Cell } from './arrow';

export interface Place {
  row: number;
  column: number;
}

/** A block of cells: from where it was begun to where the cursor is. */
export interface Selection {
  anchor: Place;
  cursor: Place;
}

/** The block's corners, ends not included. */
export interface Corners {
  rows: [number, number];
  columns: [number, number];
}

export function cornersOf({ anchor, cursor }: Selection): Corners {
  return {
    rows: [Math.min(anchor.row, cursor.row), Math.max(anchor.row, cursor.row) + 1],
    columns: [Math.min(anchor.column, cursor.column), Math.max(anchor.column, cursor.column) + 1],
  };
}

export function holds({ rows, columns }: Corners, { row, column }: Place): boolean {
  return row >= rows[0] && row < rows[1] && column >= columns[0] && column < columns[1];
}

/** What a key does with the cursor in a table of this size; null where it does nothing. */
export function moved(
  event: KeyboardEvent,
  from: Place,
  size: { rows: number; columns: number; page: number },
): Place | null {
  const step = STEPS[event.key];
  if (step === undefined || event.altKey) return null;
  const far = event.ctrlKey || event.metaKey;
  const to = step(from, size, far);
  return {
    row: Math.max(0, Math.min(size.rows - 1, to.row)),
    column: Math.max(0, Math.min(size.columns - 1, to.column)),
  };
}

type Step = (from: Place, size: { rows: number; columns: number; page: number }, far: boolean) => Place;

const STEPS: Record<string, Step | undefined> = {
  ArrowUp: ({ row, column }, _, far) => ({ row: far ? 0 : row - 1, column }),
  ArrowDown: ({ row, column }, { rows }, far) => ({ row: far ? rows - 1 : row + 1, column }),
  ArrowLeft: ({ row, column }, _, far) => ({ row, column: far ? 0 : column - 1 }),
  ArrowRight: ({ row, column }, { columns }, far) => ({ row, column: far ? columns - 1 : column + 1 }),
  PageUp: ({ row, column }, { page }) => ({ row: row - page, column }),
  PageDown: ({ row, column }, { page }) => ({ row: row + page, column }),
  Home: ({ row }, _, far) => ({ row: far ? 0 : row, column: 0 }),
  End: ({ row }, { rows, columns }, far) => ({ row: far ? rows - 1 : row, column: columns - 1 }),
};

/** Keys that the grid takes from the notebook. */
export function isOurs(event: KeyboardEvent): boolean {
  const isCommand = event.ctrlKey || event.metaKey;
  return (
    event.key in STEPS ||
    event.key === 'Escape' ||
    (isCommand && ['c', 'a'].includes(event.key.toLowerCase()))
  );
}

/** Cells as a spreadsheet takes them: tabs between, quotes only where a text needs them. */
export function tsv(rows: Cell[][]): string {
  return rows.map((row) => row.map((cell) => quoted(full(cell))).join('\t')).join('\n');
}

const quoted = (text: string): string => (/[\t\r\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
