import type { Host } from '../host';
import type { RowsState, RowsView } from '../protocol';
import { blockOf, type Block, type Cell } from './arrow';

/** Rows of one request. */
export const PAGE = 100;
const KEPT = 40; // pages
const AT_ONCE = 2; // requests: the kernel serves one after another, a second one waits at its door

export const NO_VIEW: RowsView = { sort: [], filters: [] };
const GONE =
  'The kernel does not answer. The rows that were fetched stay; run the cell again for the others.';

/** What changes are told to. */
export interface PagesListener {
  /** Rows came, or the view is another one: what is drawn is no longer right. */
  changed(): void;
  /** Another view is under way or there, or the kernel came or went. */
  turned(): void;
  /** One line for the person; empty where it is over. */
  failed(error: string): void;
}

/**
 * The rows of a frame as far as they were fetched, and the fetching of those that are looked at.
 *
 * Of what is wanted only the latest counts: a page that was scrolled past is never asked for.
 */
export class Pages {
  view: RowsView = NO_VIEW;
  /** Rows of the view. */
  total: number;
  /** Whether another view is under way. */
  waiting = false;

  private readonly kept = new Map<number, Block>();
  private readonly under_way = new Set<number>();
  private wanted: number[] = [];
  private lastTop = 0;
  private round = 0; // counts views that were asked for; what comes of an older one is dropped
  private ended = false;

  constructor(
    readonly rows: RowsState,
    private host: Host,
    private readonly listener: PagesListener,
  ) {
    this.total = this.canAsk ? rows.total : Math.min(rows.total, rows.first.length);
  }

  /** Whether there are more rows than those of the saved notebook, or other views of them. */
  get canAsk(): boolean {
    return this.rows.id !== '' && this.host.live;
  }

  /** Another host, or its kernel came or went: what was fetched stays. */
  setHost(host: Host): void {
    this.host = host;
    if (this.canAsk && this.view === NO_VIEW) this.total = this.rows.total;
    this.listener.changed();
    this.listener.turned();
  }

  /** A row's cells; undefined where it is not there yet. */
  row(index: number): Cell[] | undefined {
    const block = this.kept.get(Math.floor(index / PAGE));
    if (block !== undefined) return block.columns.map((column) => column[index - block.start] ?? null);
    return this.view === NO_VIEW ? this.rows.first[index] : undefined;
  }

  /** Whether a row comes from the saved notebook, where numbers are shortened. */
  isSaved(index: number): boolean {
    return !this.kept.has(Math.floor(index / PAGE));
  }

  /** These rows are looked at, `end` not included: fetches them, and the page that comes next in the direction of travel. */
  want(start: number, end: number): void {
    const [first, last] = [Math.floor(start / PAGE), Math.floor(Math.max(start, end - 1) / PAGE)];
    const ahead = start < this.lastTop ? first - 1 : last + 1;
    const isJump = Math.abs(start - this.lastTop) > PAGE; // it has no direction
    this.lastTop = start;
    this.wanted = range(first, last + 1)
      .concat(isJump ? [] : ahead)
      .filter((page) => this.isMissing(page));
    this.fetchNext();
  }

  /** Looks at the rows in another way; the old ones stay until the first page of the new ones is there. */
  async show(view: RowsView): Promise<boolean> {
    const isPlain = view.sort.length === 0 && view.filters.length === 0;
    const wanted = isPlain ? NO_VIEW : view;
    const round = ++this.round;
    this.setWaiting(true);
    try {
      const block = await this.fetch(0, wanted);
      if (round !== this.round) return false;
      this.view = wanted;
      this.total = block.total;
      this.kept.clear();
      this.kept.set(0, block);
      this.wanted = [];
      this.listener.failed('');
      return true;
    } catch (error) {
      if (round === this.round) this.tell(error);
      return false;
    } finally {
      if (round === this.round) this.setWaiting(false);
    }
  }

  /** Rows for a copy, fetched where they are not there. */
  async cells(start: number, end: number): Promise<Cell[][]> {
    const found: Cell[][] = [];
    for (let index = start; index < end; index++) {
      const page = Math.floor(index / PAGE);
      if (this.isSaved(index) && this.canAsk) this.keep(page, await this.fetch(page, this.view));
      found.push(this.row(index) ?? []);
    }
    return found;
  }

  dispose(): void {
    this.ended = true;
    this.round++;
    this.wanted = [];
    this.kept.clear();
  }

  private isMissing(page: number): boolean {
    return page >= 0 && page * PAGE < this.total && !this.kept.has(page) && !this.under_way.has(page);
  }

  private fetchNext(): void {
    while (this.canAsk && this.under_way.size < AT_ONCE) {
      const page = this.wanted.shift();
      if (page === undefined) return;
      void this.bring(page);
    }
  }

  private async bring(page: number): Promise<void> {
    const view = this.view;
    this.under_way.add(page);
    try {
      const block = await this.fetch(page, view);
      if (view === this.view && !this.ended) {
        this.keep(page, block);
        this.listener.changed();
      }
    } catch (error) {
      // The saved rows are there without an answer: nobody needs to hear that theirs did not come.
      if (view === this.view && !(view === NO_VIEW && (page + 1) * PAGE <= this.rows.first.length))
        this.tell(error);
    } finally {
      this.under_way.delete(page);
      if (!this.ended) this.fetchNext();
    }
  }

  private async fetch(page: number, view: RowsView): Promise<Block> {
    if (!this.canAsk) throw new Error(GONE);
    const ask = { name: 'rows', rows: this.rows.id, start: page * PAGE, count: PAGE, view } as const;
    return blockOf(await this.host.ask(ask));
  }

  private keep(page: number, block: Block): void {
    this.kept.delete(page);
    this.kept.set(page, block);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(oldest);
    }
  }

  private setWaiting(waiting: boolean): void {
    this.waiting = waiting;
    if (!this.ended) this.listener.turned();
  }

  private tell(error: unknown): void {
    if (!this.ended) this.listener.failed(error instanceof Error ? error.message : String(error));
  }
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, offset) => start + offset);
}
