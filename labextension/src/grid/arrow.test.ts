import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blockOf, type Cell } from './arrow';

const golden = join(import.meta.dirname, '../../../tests/golden/grid');

interface Kinds {
  page: { start: number; count: number; total: number };
  kinds: Record<string, unknown[]>;
}

const plain = (cell: Cell): unknown =>
  typeof cell === 'bigint' ? String(cell) : cell === Infinity ? 'inf' : cell;

test('every kind of column that the kernel writes is read', () => {
  const { page, kinds } = JSON.parse(readFileSync(join(golden, 'kinds.json'), 'utf8')) as Kinds;
  const bytes = readFileSync(join(golden, 'kinds.arrow'));
  const buffer = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { columns } = blockOf({ value: page, buffer });
  expect(columns.map((column) => column.map(plain))).toEqual(Object.values(kinds));
});

test('an answer of another shape is one line for the person', () => {
  expect(() => blockOf({ value: null, buffer: null })).toThrow(/cannot be read/);
});
