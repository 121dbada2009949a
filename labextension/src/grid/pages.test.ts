import { columnFromArray, int64, tableFromColumns, tableToIPC } from '@uwdata/flechette';
import { expect, test } from 'vitest';
import type { Answer, Host } from '../host';
import type { Ask, RowsState } from '../protocol';
import { PAGE, Pages } from './pages';

type RowsAsk = Extract<Ask, { name: 'rows' }>;

/** A kernel whose rows hold their own position; answers only when it is let. */
class SlowKernel implements Host {
  live = true;
  total = 10_000_000;
  readonly asked: { ask: RowsAsk; answer: () => void; refuse: (error: string) => void }[] = [];

  ask(ask: Ask): Promise<Answer> {
    if (ask.name !== 'rows') throw new Error('only rows');
    return new Promise((resolve, reject) => {
      const answer = () => resolve(this.answer(ask));
      this.asked.push({ ask, answer, refuse: (error) => reject(new Error(error)) });
    });
  }

  get starts(): number[] {
    return this.asked.map(({ ask }) => ask.start);
  }

  private answer({ start, count, view }: RowsAsk): Answer {
    const total = view.filters.length > 0 ? 1204 : this.total;
    const values = Array.from({ length: Math.min(count, total - start) }, (_, at) => BigInt(start + at));
    const bytes = tableToIPC(tableFromColumns({ 0: columnFromArray(values, int64()) }), { format: 'stream' });
    const moved = new Uint8Array(bytes!.length + 3); // a message's buffer begins anywhere
    moved.set(bytes!, 3);
    return { value: { start, count: values.length, total }, buffer: new DataView(moved.buffer, 3) };
  }
}

const rows: RowsState = {
  id: 'r1',
  name: 'df',
  total: 10_000_000,
  columns: [{ name: 'n', type: 'int64', numeric: true }],
  first: [['0'], ['1']],
  note: '',
};

function open(state = rows) {
  const kernel = new SlowKernel();
  const told = { changes: 0, errors: [] as string[] };
  const listener = {
    changed: () => void told.changes++,
    turned: () => {},
    failed: (error: string) => void told.errors.push(error),
  };
  return { kernel, told, pages: new Pages(state, kernel, listener) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const byFirst = { sort: [{ column: 0, descending: true }], filters: [] };
const filtered = { sort: [], filters: [{ column: 0, test: 'equals', text: '1' } as const] };

test('the saved rows are there before anything was asked', () => {
  const { pages, kernel } = open();
  expect(pages.row(1)).toEqual(['1']);
  expect(pages.row(2)).toBeUndefined();
  expect(kernel.asked).toEqual([]);
});

test('a page that comes takes the place of the saved rows, and the next one is fetched ahead', async () => {
  const { pages, kernel, told } = open();
  pages.want(0, 14);
  kernel.asked[0].answer();
  await settled();
  expect(pages.row(1)).toEqual([1n]);
  expect(kernel.starts).toEqual([0, PAGE]);
  expect(told.changes).toBe(1);
});

test('what was scrolled past is not asked for', async () => {
  const { pages, kernel } = open();
  for (const start of [0, 5_000, 70_000, 900_000]) pages.want(start, start + 14);
  kernel.asked.forEach(({ answer }) => answer());
  await settled();
  expect(kernel.starts).toEqual([0, PAGE, 900_000]);
});

test('upwards the page before is fetched ahead', async () => {
  const { pages, kernel } = open();
  pages.want(5_000, 5_014);
  kernel.asked.forEach(({ answer }) => answer());
  await settled();
  pages.want(4_910, 4_924);
  expect(kernel.starts.slice(1)).toEqual([4_900, 4_800]);
});

test('a view is shown when its first page is there, until then the old one', async () => {
  const { pages, kernel } = open();
  const shown = pages.show(filtered);
  expect([pages.waiting, pages.total]).toEqual([true, 10_000_000]);
  kernel.asked[0].answer();
  expect(await shown).toBe(true);
  expect([pages.waiting, pages.total, pages.row(3)]).toEqual([false, 1204, [3n]]);
});

test('of two views that are asked for the later one is shown', async () => {
  const { pages, kernel } = open();
  const [older, later] = [pages.show(byFirst), pages.show(filtered)];
  kernel.asked[1].answer();
  kernel.asked[0].answer();
  expect([await older, await later]).toEqual([false, true]);
  expect(pages.view).toEqual(filtered);
});

test('a page of the old view that comes late is dropped', async () => {
  const { pages, kernel } = open();
  pages.want(300, 314);
  const shown = pages.show(filtered);
  kernel.asked.at(-1)!.answer();
  await shown;
  kernel.asked[0].answer();
  await settled();
  expect(pages.row(300)).toBeUndefined();
});

test('a view that cannot be had leaves the old one, and says why', async () => {
  const { pages, kernel, told } = open();
  const shown = pages.show(filtered);
  kernel.asked[0].refuse('`n` holds numbers. Type one, such as 12.');
  expect(await shown).toBe(false);
  expect(told.errors).toEqual(['`n` holds numbers. Type one, such as 12.']);
  expect([pages.waiting, pages.total, pages.row(0)]).toEqual([false, 10_000_000, ['0']]);
});

test('a kernel that died leaves the rows that are there', async () => {
  const { pages, kernel, told } = open();
  pages.want(0, 14);
  kernel.asked.forEach(({ answer }) => answer());
  await settled();
  kernel.live = false;
  pages.want(500, 514);
  expect(kernel.asked).toHaveLength(2);
  expect(await pages.show(byFirst)).toBe(false);
  expect(told.errors.at(-1)).toMatch(/run the cell again/);
  expect(pages.row(50)).toEqual([50n]);
});

test('an answer that is no Arrow is told, not thrown', async () => {
  const { pages, told } = open({ ...rows, first: [] });
  const broken: Host = {
    live: true,
    ask: () =>
      Promise.resolve({ value: { start: 0, count: 1, total: 1 }, buffer: new DataView(new ArrayBuffer(8)) }),
  };
  pages.setHost(broken);
  pages.want(0, 14);
  await settled();
  expect(told.errors[0]).toMatch(/cannot be read/);
});

test('without an id only the saved rows are shown', () => {
  const { pages } = open({ ...rows, id: '' });
  expect([pages.canAsk, pages.total]).toEqual([false, 2]);
});

test('cells for a copy are fetched where they are missing', async () => {
  const { pages, kernel } = open();
  const copied = pages.cells(98, 102);
  kernel.asked[0].answer();
  await settled();
  kernel.asked[1].answer();
  expect(await copied).toEqual([[98n], [99n], [100n], [101n]]);
});
