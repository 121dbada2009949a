import type { RowsState, RowsView } from '../protocol';

export type Column = RowsState['columns'][number];

/** What clicks on a column's head do. */
export interface HeaderActions {
  sort(column: number, add: boolean): void;
  openFilter(column: number, button: HTMLElement): void;
}

/** A column's head: its name, which sorts, and its type with the button that filters. */
export class Header {
  readonly name = document.createElement('button');
  readonly type = document.createElement('div');
  private readonly filter = document.createElement('button');

  constructor(
    private readonly column: Column,
    at: number,
    actions: HeaderActions,
  ) {
    this.name.className = 'rasgo-grid-name';
    this.name.type = 'button';
    const name = document.createElement('span');
    name.textContent = column.name;
    this.name.append(name);
    this.name.setAttribute('aria-label', column.name); // without the sign of the order: aria-sort says it
    this.name.addEventListener('click', (event) => actions.sort(at, event.shiftKey));
    this.type.className = 'rasgo-grid-type';
    const type = document.createElement('span');
    type.textContent = column.type;
    this.filter.className = 'rasgo-grid-filter';
    this.filter.type = 'button';
    this.filter.setAttribute('aria-haspopup', 'true');
    this.filter.addEventListener('click', () => actions.openFilter(at, this.filter));
    this.type.append(type, this.filter);
  }

  /** Shows what the view does with the column. */
  update(view: RowsView, at: number, canAsk: boolean): void {
    const place = view.sort.findIndex(({ column }) => column === at);
    const key = view.sort[place];
    const order = key === undefined ? 'none' : key.descending ? 'descending' : 'ascending';
    this.name.dataset.order = order;
    this.name.dataset.place = view.sort.length > 1 && key !== undefined ? String(place + 1) : '';
    this.name.disabled = this.filter.hidden = !canAsk;
    this.name.title = canAsk
      ? `${this.column.name}: click to sort, with Shift to sort within`
      : this.column.name;
    const filtered = view.filters.some(({ column }) => column === at);
    this.filter.toggleAttribute('data-on', filtered);
    this.filter.setAttribute('aria-label', `Filter ${this.column.name}${filtered ? ', is filtered' : ''}`);
    this.filter.title = `Filter ${this.column.name}`;
  }
}

/** The next of ascending, descending, unsorted; with `add` the other columns keep counting first. */
export function sortedBy(view: RowsView, column: number, add: boolean): RowsView {
  const old = view.sort.find((key) => key.column === column);
  const next =
    old === undefined
      ? [{ column, descending: false }]
      : old.descending
        ? []
        : [{ column, descending: true }];
  if (!add) return { ...view, sort: next };
  const at = view.sort.findIndex((key) => key.column === column);
  const others = view.sort.filter((key) => key.column !== column);
  return { ...view, sort: at < 0 ? [...others, ...next] : others.toSpliced(at, 0, ...next) };
}
