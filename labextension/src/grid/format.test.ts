import { describe, expect, test } from 'vitest';
import { countText, decimalsOf, full, shown } from './format';

const text = (cell: Parameters<typeof shown>[0], numeric = true, decimals = 0) =>
  shown(cell, numeric, decimals).text;

describe('numbers', () => {
  test('are grouped from five digits on, so that a year stays a year', () => {
    expect([text(2024), text(12_345), text(-1_234_567n)]).toEqual(['2024', '12,345', '-1,234,567']);
  });

  test('of 64 bits keep every digit', () => {
    expect(text(2n ** 63n - 1n)).toBe('9,223,372,036,854,775,807');
  });

  test('of one column have as many decimals as they need, up to six digits of the largest', () => {
    expect(decimalsOf([1.5, 2.25, null, 100])).toBe(2);
    expect(decimalsOf([0.1 + 0.2, 0.25])).toBe(2);
    expect(decimalsOf([1 / 3])).toBe(5);
    expect(decimalsOf([1 / 3, 9_999_999])).toBe(2);
    expect(decimalsOf([1e20, 1e-9, Infinity])).toBe(0);
    expect(text(1.5, true, 2)).toBe('1.50');
  });

  test('that the decimals of the column would hide are written with an exponent', () => {
    expect(text(0.0001, true, 2)).toBe('1e-4');
    expect(text(0, true, 2)).toBe('0.00');
    expect([text(1.5e300), text(-Infinity)]).toEqual(['1.5e300', '-∞']);
  });

  test('that are text are grouped without touching a digit', () => {
    expect(text('12345678901234567890.50')).toBe('12,345,678,901,234,567,890.50');
    expect(text('(1+2j)')).toBe('(1+2j)');
  });
});

test('a missing value is pale, and only in saved rows is a dash one', () => {
  expect(shown(null, false, 0)).toEqual({ text: '–', kind: 'null' });
  expect(shown('–', false, 0, true).kind).toBe('null');
  expect(shown('–', false, 0).kind).toBe('text');
});

test('a text stands on one line, and is whole in the tooltip', () => {
  expect(text('a\n  b', false)).toBe('a ⏎ b');
  expect(full('a\n  b')).toBe('a\n  b');
  expect(full(12_345.678)).toBe('12345.678');
});

test('the count says how many of how many', () => {
  expect(countText(1204, 10_000_000)).toBe('1,204 of 10,000,000 rows');
  expect(countText(1, 1)).toBe('1 row');
});
