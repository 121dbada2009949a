import type { RegularTableElement } from 'regular-table';
import type { CellMetadata, DataResponse } from 'regular-table/dist/esm/types';
import { Cells } from './cells';
import { createElement, dropWidthSheet, scopeOf } from './element';
import { Header, type HeaderActions } from './header';
import { paintCell, paintHead, set } from './paint';
import type { Pages } from './pages';
import { cornersOf, holds, isOurs, moved, type Place, type Selection } from './selection';
import { HEAD, ROW, Viewport } from './viewport';
import { ColumnWidths, numbersWidth } from './widths';

const MOST_ROWS = 14; // in sight

/** What the person does in the table. */
export interface TableActions extends HeaderActions {
  copy(selection: Selection): void;
}

/** The table itself: draws what of the rows is in sight, and keeps the selection. */
export class Table {
  private readonly element: RegularTableElement;
  private readonly viewport: Viewport;
  private readonly root: Document | ShadowRoot; // asked for now: it is gone when the view is taken down
  private readonly headers: Header[];
  private readonly resized = new ResizeObserver(() => this.draw());
  private readonly widths: ColumnWidths;
  private readonly cells: Cells;
  private isFitted = false;
  private selection: Selection | null = null;
  private bar = 0; // height of the horizontal scroll bar

  constructor(
    private readonly container: HTMLElement,
    private readonly pages: Pages,
    private readonly actions: TableActions,
  ) {
    this.cells = new Cells(pages);
    this.headers = pages.rows.columns.map((column, at) => new Header(column, at, actions));
    this.element = createElement();
    this.element.setAttribute('role', 'grid');
    this.element.setAttribute('aria-label', `Rows of ${pages.rows.name || 'the result'}`);
    this.element.setAttribute('aria-colcount', String(pages.rows.columns.length));
    this.viewport = new Viewport(this.element, () => this.draw());
    this.element.setDataListener((x0, y0, x1, y1) => Promise.resolve(this.slab(x0, y0, x1, y1)), {
      column_classes: true,
    });
    this.element.addStyleListener(() => this.paint());
    this.listen();
    container.append(this.element);
    this.root = container.getRootNode() as Document | ShadowRoot;
    this.widths = new ColumnWidths(this.element, pages.rows.columns, this.cells.texts(0, MOST_ROWS));
    container.style.setProperty('--grid-numbers', `${numbersWidth(pages.rows.total)}px`);
    this.update();
    this.resized.observe(container);
  }

  /** Draws anew: rows came, or the view is another one. */
  update(): void {
    this.viewport.total = this.pages.total;
    this.element.setAttribute('aria-rowcount', String(this.pages.total));
    this.element.classList.toggle('rasgo-grid-long', this.viewport.isLong);
    this.headers.forEach((header, at) => header.update(this.pages.view, at, this.pages.canAsk));
    this.fitHeight();
    this.fitWidths();
    this.draw();
  }

  /** To the first row of another view. */
  reset(): void {
    this.selection = null;
    this.viewport.reset();
    this.update();
  }

  /** Puts the cursor on a row, counted from 0, and shows it. */
  goTo(row: number): void {
    const column = this.selection?.cursor.column ?? 0;
    this.select({ row: Math.max(0, Math.min(this.pages.total - 1, row)), column }, false);
    this.viewport.goTo(row);
  }

  /** Puts the cursor on a cell, wherever it is, and brings grid and cell into sight. */
  async showCell({ row, column }: Place): Promise<void> {
    if (row >= this.pages.total) return;
    await this.element.draw({ invalid_viewport: true }); // a grid that was just made cannot scroll yet
    this.select({ row, column }, false);
    this.viewport.show(row);
    this.focus();
    this.element.scrollIntoView({ block: 'nearest' });
    await this.showColumn(column);
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  dispose(): void {
    this.resized.disconnect();
    this.viewport.dispose();
    window.removeEventListener('keydown', this.takeKeys, true);
    const scope = scopeOf(this.element);
    dropWidthSheet(scope, this.root);
    void this.element.flush().then(() => dropWidthSheet(scope, this.root)); // a drawing that goes on adds it again
    this.element.clear(); // ends the library's own observer
    this.element.remove();
  }

  private draw(): void {
    if (!this.element.isConnected || this.container.clientWidth === 0) return;
    void this.element.draw({ invalid_viewport: true }).then(() => this.fitHeight());
  }

  /** As high as the rows need, at most 14 of them. */
  private fitHeight(): void {
    this.bar = this.element.offsetHeight - this.element.clientHeight;
    const rows = Math.max(1, Math.min(MOST_ROWS, this.pages.total));
    this.container.style.height = `${HEAD + rows * ROW + this.bar}px`;
  }

  /** The first page may widen every column: the saved rows are shortened. */
  private fitWidths(): void {
    if (this.pages.isSaved(this.viewport.first)) return;
    this.widths.fit(this.cells.texts(this.viewport.first, MOST_ROWS + 1), !this.isFitted);
    this.isFitted = true;
  }

  /** What the library asks for. Never waits: what is not there yet is drawn as "…" and fetched. */
  private slab(x0: number, y0: number, x1: number, y1: number): DataResponse {
    const { columns } = this.pages.rows;
    const size = { num_rows: this.pages.total, num_columns: columns.length, row_height: ROW };
    const response = { ...size, num_row_headers: 1, num_column_headers: 2 };
    if (x1 <= x0 && y1 <= y0) return { ...response, data: [] };
    const first = this.viewport.begin(y0);
    const count = y1 - y0;
    if (this.pages.canAsk) this.pages.want(first, first + count);
    const places = Array.from({ length: count }, (_, offset) => first + offset);
    const heads = this.headers.slice(x0, x1);
    return {
      ...response,
      column_header_merge_depth: 0,
      merge_headers: 'column',
      row_headers: places.map((row) => [row < this.pages.total ? (row + 1).toLocaleString('en-US') : '']),
      column_headers: heads.map(({ name, type }) => [name, type]) as unknown as string[][],
      data: columns.slice(x0, x1).map((_, at) => places.map((row) => this.cells.at(row, x0 + at).text)),
    };
  }

  /** Gives the drawn cells their looks and roles. */
  private paint(): void {
    const selected = this.selection && cornersOf(this.selection);
    let cursor: string | null = null;
    for (const td of this.element.querySelectorAll<HTMLElement>('tbody td')) {
      const place = this.placeOf(td);
      if (place === null) continue;
      const isSelected = selected !== null && holds(selected, place);
      const id = paintCell(td, {
        kind: this.cells.at(place.row, place.column).kind,
        numeric: this.cells.isNumeric(place.column),
        column: place.column,
        selected: isSelected,
        cursor: isSelected && same(place, this.selection?.cursor),
      });
      cursor ??= id;
    }
    set(this.element, 'aria-activedescendant', cursor);
    this.paintHeads();
  }

  private paintHeads(): void {
    for (const th of this.element.querySelectorAll<HTMLElement>('thead th')) {
      const meta = this.element.getMeta(th);
      const column = meta !== undefined && 'x' in meta ? meta.x : undefined;
      set(th, 'role', 'columnheader');
      if (column !== undefined) paintHead(th, column, this.cells.isNumeric(column), this.pages.view);
    }
    for (const th of this.element.querySelectorAll<HTMLElement>('tbody th')) {
      const place = this.placeOf(th);
      set(th, 'role', 'rowheader');
      if (th.parentElement && place) set(th.parentElement, 'aria-rowindex', String(place.row + 1));
    }
    for (const tr of this.element.querySelectorAll('tr')) set(tr, 'role', 'row');
    for (const table of this.element.querySelectorAll('table')) set(table, 'role', 'presentation');
  }

  private placeOf(cell: HTMLElement): Place | null {
    const meta: CellMetadata | undefined = this.element.getMeta(cell);
    if (meta === undefined || !('y' in meta)) return null;
    const column = 'x' in meta && meta.x !== undefined ? meta.x : 0;
    return { row: this.viewport.first + meta.y - meta.y0, column };
  }

  private listen(): void {
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.element.addEventListener('pointerdown', (event) => this.onPress(event));
    this.element.addEventListener('pointerover', (event) => {
      this.explain(event.target);
      const place = event.buttons === 1 && this.selection !== null ? this.pressed(event) : null;
      if (place !== null) this.select(place, true);
    });
    window.addEventListener('keydown', this.takeKeys, true);
  }

  /** JupyterLab leaves a key alone where the element is marked; it looks before the key gets here. */
  private readonly takeKeys = (event: KeyboardEvent): void => {
    const inside = event.target instanceof Node && this.element.contains(event.target);
    if (inside)
      this.element.toggleAttribute('data-lm-suppress-shortcuts', isOurs(event) || isButton(event.target));
  };

  /** A tooltip with all of a cell, made only where somebody points. */
  private explain(target: EventTarget | null): void {
    const cell = target instanceof Element ? target.closest<HTMLElement>('tbody td') : null;
    const place = cell && this.placeOf(cell);
    if (cell !== null && place !== null) cell.title = this.cells.tooltip(place.row, place.column);
  }

  private onPress(event: PointerEvent): void {
    const place = event.button === 0 ? this.pressed(event) : null;
    if (place === null) return;
    const isRow = event.target instanceof Element && event.target.closest('tbody th') !== null;
    this.select(place, event.shiftKey);
    if (isRow) {
      const last = this.pages.rows.columns.length - 1;
      this.selection = { anchor: { ...place, column: 0 }, cursor: { ...place, column: last } };
      this.paint();
    }
  }

  private pressed(event: Event): Place | null {
    const cell =
      event.target instanceof Element ? event.target.closest<HTMLElement>('tbody td, tbody th') : null;
    const place = cell && this.placeOf(cell);
    return place !== null && place.row < this.pages.total ? place : null;
  }

  private onKey(event: KeyboardEvent): void {
    if (isButton(event.target) || !isOurs(event) || this.pages.total === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const columns = this.pages.rows.columns.length;
    const size = { rows: this.pages.total, columns, page: this.viewport.rows };
    const cursor = this.selection?.cursor ?? { row: this.viewport.first, column: -1 };
    const place = moved(event, cursor, size);
    if (place !== null) {
      this.select(place, event.shiftKey);
      this.viewport.show(place.row);
      void this.showColumn(place.column);
    } else if (event.key === 'Escape') {
      this.selection = null;
      this.paint();
    } else if (event.key.toLowerCase() === 'a') {
      const end = { row: this.pages.total - 1, column: columns - 1 };
      this.selection = { anchor: { row: 0, column: 0 }, cursor: end };
      this.paint();
    } else if (this.selection !== null) {
      this.actions.copy(this.selection);
    }
  }

  private select(place: Place, extend: boolean): void {
    this.selection = { anchor: (extend && this.selection?.anchor) || place, cursor: place };
    this.paint();
  }

  /**
   * Moves sideways as little as brings a column into sight, whole where there is room.
   *
   * The library takes 60 pixels for a column that it has not drawn yet, and ends there: several steps may be needed.
   */
  private async showColumn(column: number): Promise<void> {
    for (let from = NaN; from !== this.element.scrollLeft && this.selection?.cursor.column === column;) {
      from = this.element.scrollLeft;
      const first = this.columnToBegin(column);
      if (first === null) return;
      await this.viewport.goToColumn(first);
    }
  }

  /** The column that is to be the first one, so that this one is in sight; null where it is. */
  private columnToBegin(column: number): number | null {
    const numbers = numbersWidth(this.pages.rows.total);
    const sight = this.element.getBoundingClientRect();
    const cell = this.element
      .querySelector(`tbody td[aria-colindex="${column + 1}"]`)
      ?.getBoundingClientRect();
    const left = cell === undefined ? -Infinity : cell.left - sight.left - numbers;
    const right = cell === undefined ? Infinity : cell.right - sight.left - this.element.clientWidth;
    if (left >= -1 && right <= 1) return null;
    const drawn = this.element.querySelector('tbody td')?.getAttribute('aria-colindex');
    if (column + 1 < Number(drawn ?? 1) || (cell !== undefined && left < -1)) return column;
    let first = column;
    let room = this.element.clientWidth - numbers - this.widths.of(column);
    while (first > 0 && (room -= this.widths.of(first - 1)) >= 0) first--;
    return first;
  }
}

const same = (one: Place, other: Place | undefined): boolean =>
  one.row === other?.row && one.column === other.column;

const isButton = (target: EventTarget | null): boolean => target instanceof HTMLButtonElement;
