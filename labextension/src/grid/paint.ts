import type { RowsView } from '../protocol';
import type { Shown } from './format';

/** What a drawn cell is to look like, and what a screen reader says of it. */
export interface Look {
  kind: Shown['kind'];
  numeric: boolean;
  column: number;
  selected: boolean;
  cursor: boolean;
}

/** Returns the cell's id where the cursor is on it. */
export function paintCell(td: HTMLElement, { kind, numeric, column, selected, cursor }: Look): string | null {
  set(td, 'data-kind', kind);
  set(td, 'data-numeric', numeric ? '' : null);
  set(td, 'role', 'gridcell');
  set(td, 'aria-colindex', String(column + 1));
  set(td, 'aria-selected', String(selected));
  td.classList.toggle('rasgo-grid-cursor', cursor);
  return cursor ? (td.id ||= nextId()) : null;
}

export function paintHead(th: HTMLElement, column: number, numeric: boolean, { sort }: RowsView): void {
  const key = sort.find((one) => one.column === column);
  set(th, 'data-numeric', numeric ? '' : null);
  set(th, 'aria-sort', key === undefined ? 'none' : key.descending ? 'descending' : 'ascending');
}

/** Sets an attribute where it is another one: cells are drawn at each step of a scroll, and most stay as they are. */
export function set(element: Element, name: string, value: string | null): void {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

let ids = 0;
const nextId = (): string => `rasgo-grid-cell-${++ids}`;
