import { expect, test } from 'vitest';
import type { NewCell } from '../protocol';
import { placeBelow } from './place';

const of = (run: string, step?: number): Record<string, unknown> => ({ rasgo_nb: { run, step } });
const cell = (metadata: Record<string, unknown>): NewCell => ({ cell_type: 'code', source: '', metadata });

test('cells go right below the cell that made them', () => {
  expect(placeBelow(1, [cell(of('a', 1))], [{}, {}, {}])).toBe(2);
});

test('cells of a last cell go to the end', () => {
  expect(placeBelow(1, [cell(of('a', 1))], [{}, {}])).toBe(2);
});

test('a later step goes below an earlier one that was promoted before', () => {
  const there = [{}, of('a'), of('a', 1), of('a', 1), {}];
  expect(placeBelow(0, [cell(of('a')), cell(of('a', 2))], there)).toBe(4);
});

test('an earlier step goes above a later one that was promoted before', () => {
  expect(placeBelow(0, [cell(of('a', 1))], [{}, of('a'), of('a', 3)])).toBe(2);
});

test('cells of another run are not passed', () => {
  expect(placeBelow(0, [cell(of('a', 2))], [{}, of('b', 1), of('a', 1)])).toBe(1);
});

test('cells without a lineage go right below', () => {
  expect(placeBelow(0, [cell({})], [{}, of('a', 1)])).toBe(1);
});

test.each([{ rasgo_nb: null }, { rasgo_nb: 'x' }, { rasgo_nb: { run: 3, step: '1' } }])(
  'metadata that is not ours is passed by: %j',
  (metadata) => {
    expect(placeBelow(0, [cell(of('a', 1))], [{}, metadata])).toBe(1);
  },
);
