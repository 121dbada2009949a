import { render } from 'preact';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CatalogPage, CatalogTable, ConnectionRow, LinkAsk } from './linkMessages';
import { Catalog } from './panelCatalog';

let el: HTMLElement;
let asked: LinkAsk[];

beforeEach(() => {
  el = document.createElement('div');
  document.body.append(el);
  asked = [];
});

afterEach(() => {
  render(null, el);
  el.remove();
});

const shop: ConnectionRow = {
  name: 'shop',
  dialect: 'duckdb',
  current: true,
  read_only: true,
  tables: 120,
  privacy: 'stats',
  crawl: null,
};

function pageOf(ask: LinkAsk): CatalogPage {
  if (ask.name !== 'catalog') throw new Error('nothing else is asked');
  if (ask.search === 'broken') throw new Error('Search `less`.');
  const label = ask.search || `t${ask.start}`;
  const row = { kind: 'table' as const, name: `shop.${label}`, label, detail: '3 rows', why: '' };
  if (ask.path.length === 0 && !ask.search)
    return { rows: [{ kind: 'schema', name: 'shop', path: ['', 'shop'], tables: 120 }], start: 0, total: 1 };
  return { rows: Array.from({ length: 50 }, () => row), start: ask.start, total: 120 };
}

function tableOf(name: string): CatalogTable {
  const column = { name: 'id', type: 'INTEGER', key: '', nullable: true, comment: '<b>no</b> HTML' };
  const columns = Array.from({ length: 1000 }, () => column);
  const table = { name, kind: 'table', rows: '', comment: '', columns, more: '', sample: null, facts: [] };
  return { table, notes: [] };
}

const after = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function show(connections = [shop]): Promise<void> {
  const ask = async (ask: LinkAsk) => {
    asked.push(ask);
    await after(ask.name === 'catalog' && ask.search === 'slow' ? 300 : 1);
    return ask.name === 'catalog_table' ? tableOf(ask.table) : pageOf(ask);
  };
  render(<Catalog connections={connections} ask={ask} />, el);
  await after(40);
}

async function click(label: string): Promise<void> {
  const button = [...el.querySelectorAll('button')].find((each) => each.textContent?.startsWith(label));
  if (button === undefined) throw new Error(`no button ${label}`);
  button.click();
  await after(40);
}

async function type(words: string, ms = 330): Promise<void> {
  const field = el.querySelector<HTMLInputElement>('input[type=search]');
  if (field === null) throw new Error('no field');
  field.value = words;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await after(ms);
}

test('a schema is browsed in pages', async () => {
  await show();
  await click('shop');
  expect(el.textContent).toContain('1–50 of 120');
  await click('Next');
  await click('Next');
  expect(asked.at(-1)).toMatchObject({ path: ['', 'shop'], start: 100 });
  await click('All schemas');
  expect(asked.at(-1)).toMatchObject({ path: [], start: 0 });
});

test('words are searched once their typing rests', async () => {
  await show();
  for (const words of ['o', 'or', 'ord']) await type(words, 50);
  await type('orders');
  expect(asked.map((ask) => ask.name === 'catalog' && ask.search)).toEqual(['', 'orders']);
});

test('what comes late to an older search is left alone', async () => {
  await show();
  await type('slow');
  await type('quick', 700);
  expect(el.querySelector('.rasgo-lab-name')?.textContent).toBe('quick');
});

test('an error is a line, and what is shown stays', async () => {
  await show();
  await type('broken');
  expect(el.querySelector('.rasgo-lab-failure')?.textContent).toBe('Search less.');
  expect(el.textContent).toContain('120 tables');
});

test('a table of very many columns is shown a hundred at a time, as text', async () => {
  await show();
  await click('shop');
  await click('t0');
  expect(el.querySelectorAll('.rasgo-lab-columns li')).toHaveLength(100);
  expect(el.textContent).toContain('<b>no</b> HTML');
  await click('More of 1,000 columns');
  expect(el.querySelectorAll('.rasgo-lab-columns li')).toHaveLength(200);
});

test('the privacy level and a crawl under way are told', async () => {
  await show([{ ...shop, crawl: { stage: 'describing', done: 1200, total: 50000 } }]);
  expect(el.textContent).toContain('privacy: stats');
  expect(el.querySelector('progress')?.value).toBe(1200);
  expect(el.textContent).toContain('1,200 of 50,000');
});
