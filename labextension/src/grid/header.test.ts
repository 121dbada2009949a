import { expect, test } from 'vitest';
import type { RowsView } from '../protocol';
import { Header, sortedBy } from './header';
import { NO_VIEW } from './pages';

const sorts = (view: RowsView) =>
  view.sort.map(({ column, descending }) => `${column}${descending ? '↓' : '↑'}`);

test('clicks go from ascending to descending to none', () => {
  const once = sortedBy(NO_VIEW, 1, false);
  const twice = sortedBy(once, 1, false);
  expect([once, twice, sortedBy(twice, 1, false)].map(sorts)).toEqual([['1↑'], ['1↓'], []]);
});

test('another column takes over, with Shift it counts next', () => {
  const first = sortedBy(NO_VIEW, 1, false);
  expect(sorts(sortedBy(first, 2, false))).toEqual(['2↑']);
  const both = sortedBy(first, 2, true);
  expect(sorts(both)).toEqual(['1↑', '2↑']);
  expect(sorts(sortedBy(both, 1, true))).toEqual(['1↓', '2↑']);
});

test('sorting keeps the filters', () => {
  const filters = [{ column: 0, test: 'contains', text: 'x' } as const];
  expect(sortedBy({ sort: [], filters }, 1, false).filters).toBe(filters);
});

test('a name that is markup is shown as text', () => {
  const name = '<img src=x onerror=alert(1)>';
  const header = new Header({ name, type: '<b>', numeric: false }, 0, {
    sort: () => {},
    openFilter: () => {},
  });
  header.update(NO_VIEW, 0, true);
  expect(header.name.textContent).toBe(name);
  expect(header.name.querySelector('img')).toBeNull();
});
