import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { askAbout, flagsOf, hasCode, isAboutRasgo, isAskCell, isWorthAsking, typedMention } from './askCells';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(`../tests/golden/protocol/${name}.json`, 'utf8'));

describe('cells that ask', () => {
  it.each(['%%ask\nHow?', '%%ask', '\n  %%ask --model offline\nHow?'])(
    'are told by their first line: %j',
    (source) => {
      expect(isAskCell(source)).toBe(true);
    },
  );

  it.each(['', '%%asked\nx', '%ask How?', '# %%ask', 'x = 1\n%%ask', '%%sql\n%%ask'])(
    'are not mistaken: %j',
    (source) => {
      expect(isAskCell(source)).toBe(false);
    },
  );

  it('have flags in their first line', () => {
    expect(flagsOf('%%ask --model a --fresh\n--connection b')).toBe('--model a --fresh');
    expect(flagsOf('x = 1')).toBe('');
    expect(hasCode('%%ask --from-step 3\nSELECT 1')).toBe(true);
    expect(hasCode('%%ask\n--from-step 3')).toBe(false);
  });

  it('make a kernel worth asking for', () => {
    expect(isAboutRasgo('%load_ext rasgo_nb')).toBe(true);
    expect(isAboutRasgo('import pandas')).toBe(false);
  });
});

describe('the name that is being typed', () => {
  it.each(golden('lab_mentions') as { before: string; typed: string | null }[])(
    'is what the kernel takes it for: $before',
    ({ before, typed }) => {
      expect(typedMention(before)).toBe(typed);
    },
  );
});

describe('asking about an error', () => {
  const error = { ename: 'KeyError', evalue: "'x'" };

  it('tells the cell and the error, not the traceback', () => {
    expect(askAbout(error, "df['x']")).toBe(
      "%%ask\nThis cell failed. Why, and how do I mend it?\n\n```python\ndf['x']\n```\n\nThe error:\n\n```\nKeyError: 'x'\n```\n",
    );
  });

  it('puts fences around that no text can close', () => {
    const asked = askAbout({ ename: 'E', evalue: '````' }, 'a\n```\nb');
    expect(asked).toContain('````python\na\n```\nb\n````');
    expect(asked).toContain('`````\nE: ````\n`````');
  });

  it('is bounded, and says so', () => {
    const asked = askAbout({ ename: 'E', evalue: 'é'.repeat(1_000_000) }, '🎲'.repeat(500_000));
    expect(asked.length).toBeLessThan(9_000);
    expect(asked).toContain('more characters)');
    expect(() => encodeURIComponent(asked)).not.toThrow(); // no half of a pair
  });

  it('leaves the colours of a terminal out', () => {
    expect(askAbout({ ename: 'E', evalue: '\u001b[31mred\u001b[0m' }, '')).toContain('E: red');
  });
});

it.each(['ZeroDivisionError', 'QueryError', 'ConnectionFailed'])('%s can be asked about', (ename) => {
  expect(isWorthAsking(ename)).toBe(true);
});

it.each(['', 'KeyboardInterrupt', 'Stopped', 'ModelFailed', 'LimitReached'])(
  'a run that ended with "%s" is nothing to ask about',
  (ename) => {
    expect(isWorthAsking(ename)).toBe(false);
  },
);
