import { tableFromIPC } from '@uwdata/flechette';
import type { Answer } from '../host';
import type { RowsPage } from '../protocol';

/** What a cell can hold: 64-bit integers are exact, everything that is no number or boolean is text. */
export type Cell = string | number | bigint | boolean | null;

/** Rows of a view, column by column. */
export interface Block extends RowsPage {
  columns: Cell[][];
}

const UNREADABLE = 'The rows came in a form that cannot be read. Reload the page and run the cell again.';

/** Reads the answer to a `rows` request. */
export function blockOf({ value, buffer }: Answer): Block {
  if (!isPage(value) || buffer === null) throw new Error(UNREADABLE);
  const columns = columnsOf(buffer);
  const isEmpty = columns.length === 0 && value.count > 0;
  if (isEmpty || columns.some((column) => column.length !== value.count)) throw new Error(UNREADABLE);
  return { ...value, columns };
}

function columnsOf(buffer: DataView): Cell[][] {
  // A copy begins at an address that 64-bit numbers can be read from; a message's buffer may not.
  const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice();
  try {
    const table = tableFromIPC(bytes, { useBigInt: true });
    return table.children.map((column) => Array.from(column as Iterable<Cell>));
  } catch {
    throw new Error(UNREADABLE);
  }
}

function isPage(value: unknown): value is RowsPage {
  if (typeof value !== 'object' || value === null) return false;
  const { start, count, total } = value as Partial<RowsPage>;
  return [start, count, total].every((number) => Number.isSafeInteger(number));
}
