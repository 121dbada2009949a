import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlighted } from '../../src/view/highlight';
import { markdownHtml } from '../../src/view/markdown';
import { afterFirstLine, firstLine, seconds, visible } from '../../src/view/text';

const html = (text: string) => {
  const el = document.createElement('div');
  el.innerHTML = text;
  return el;
};

test('hidden characters are spelt out, ends of lines are not', () => {
  expect(visible('a\u202egnp\n\tb\u200b')).toBe('a⟨U+202E⟩gnp\n\tb⟨U+200B⟩');
});

test.each([
  [0, ''],
  [0.03, '30 ms'],
  [2.25, '2.3 s'],
])('%d s reads as %j', (elapsed_s, text) => {
  expect(seconds(elapsed_s)).toBe(text);
});

test.each([
  ['## Look at **delays**', 'Look at delays', ''],
  ['First this.\n\nThen `that`.', 'First this.', 'Then `that`.'],
  ['One sentence\nover two lines', 'One sentence', 'One sentence\nover two lines'],
  ['See [it](https://example.org)', 'See it', 'See [it](https://example.org)'],
])('%j has a heading, and the rest', (text, heading, rest) => {
  expect([firstLine(text), afterFirstLine(text)]).toEqual([heading, rest]);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  '//example.org',
  ' JaVaScRiPt:x',
])('a link to %j is text', (url) => {
  expect(html(markdownHtml(`[x](<${url}>)`)).querySelector('a')).toBeNull();
});

test('a link opens beside the notebook and tells the other page nothing', () => {
  const link = html(markdownHtml('[x](https://example.org)')).querySelector('a');
  expect([link?.target, link?.rel]).toEqual(['_blank', 'noopener noreferrer']);
});

test('whatever a text says, Markdown makes no element that acts', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<script>',
      '<img src=x onerror=y>',
      '](javascript:x)',
      '![',
      '[',
      '```html\n',
      '<b',
      '&lt;',
      '"',
      '\n',
    ),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const el = html(markdownHtml(pieces.join('')));
      expect(el.querySelectorAll('script, img, iframe, style, form, [onerror], [onclick]')).toHaveLength(0);
      for (const link of el.querySelectorAll('a')) expect(link.getAttribute('href')).toMatch(/^https?:/i);
    }),
    { numRuns: 200 },
  );
});

test('highlighted code reads as it was written', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('sql', 'python'), (code, language) => {
      const el = html(`<pre>\u0020${highlighted(code, language)}</pre>`);
      expect(el.textContent).toBe(` ${code}`.replaceAll(/\r\n?/g, '\n'));
    }),
    { numRuns: 200 },
  );
});
