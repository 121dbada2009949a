import { expect, test } from 'vitest';
import { cornersOf, holds, moved, tsv } from './selection';

const size = { rows: 100, columns: 5, page: 14 };
const key = (name: string, options: KeyboardEventInit = {}) =>
  new KeyboardEvent('keydown', { key: name, ...options });
const from = { row: 50, column: 2 };

test('arrows move by one cell, Page by what is in sight, Home and End along the row', () => {
  expect(moved(key('ArrowDown'), from, size)).toEqual({ row: 51, column: 2 });
  expect(moved(key('PageUp'), from, size)).toEqual({ row: 36, column: 2 });
  expect(moved(key('End'), from, size)).toEqual({ row: 50, column: 4 });
  expect(moved(key('End', { ctrlKey: true }), from, size)).toEqual({ row: 99, column: 4 });
});

test('the cursor stays in the table', () => {
  expect(moved(key('ArrowLeft'), { row: 0, column: 0 }, size)).toEqual({ row: 0, column: 0 });
  expect(moved(key('PageDown'), { row: 99, column: 0 }, size)).toEqual({ row: 99, column: 0 });
});

test('other keys are left to the notebook', () => {
  expect(moved(key('b'), from, size)).toBeNull();
  expect(moved(key('ArrowDown', { altKey: true }), from, size)).toBeNull();
});

test('a selection is a block, whichever corner it was begun at', () => {
  const corners = cornersOf({ anchor: { row: 5, column: 3 }, cursor: { row: 2, column: 4 } });
  expect(corners).toEqual({ rows: [2, 6], columns: [3, 5] });
  expect(holds(corners, { row: 5, column: 4 })).toBe(true);
  expect(holds(corners, { row: 6, column: 4 })).toBe(false);
});

test('copied cells are what a spreadsheet reads, missing ones empty', () => {
  expect(
    tsv([
      ['a\tb', null, 1.5],
      ['say "x"', 2n ** 60n, true],
    ]),
  ).toBe('"a\tb"\t\t1.5\n"say ""x"""\t1152921504606846976\ttrue');
});
