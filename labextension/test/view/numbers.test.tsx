import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NumberState } from '../../src/protocol';
import { markdownHtml } from '../../src/view/markdown';
import { dressed, lettered } from '../../src/view/marks';
import { numberedHtml } from '../../src/view/numbers';
import { aCall, aNumber, aRun, aStep } from './makers';
import { bodies } from './cards';
import { drawn, pageOfEachTest } from './page';
import { everything } from './samples';

const page = pageOfEachTest();

/** A number for each of these texts, in order. */
function numbersIn(text: string, ...written: string[]): NumberState[] {
  let from = 0;
  return written.map((one) => {
    const at = text.indexOf(one, from);
    from = at + one.length;
    return aNumber(one, { at });
  });
}

/** The HTML with each number in brackets. */
const bracketed = (text: string, ...written: string[]) =>
  dressed(markdownHtml(lettered(text, numbersIn(text, ...written))), (shown, place) => `[${place}:${shown}]`);

test.each([
  [
    '**19.96** min, _5_ of ~~7~~',
    ['19.96', '5', '7'],
    '<strong>[0:19.96]</strong> min, <em>[1:5]</em> of <s>[2:7]</s>',
  ],
  ['**1**2.5 left', ['**1**2.5'], '<strong>[0:1]</strong>[0:2.5] left'],
  ['minus \\-5 and −3.1', ['\\-5', '−3.1'], 'minus [0:-5] and [1:−3.1]'],
  ['about 1,234 of 12345', ['1,234'], 'about [0:1,234] of 12345'],
  ['## 7 of 7', ['7', '7'], '<h2>[0:7] of [1:7]</h2>'],
])('numbers are found in %j', (text, written, html) => {
  expect(bracketed(text, ...written)).toContain(html);
});

test('numbers of tables and lists are marked where they stand', () => {
  const html = bracketed(
    '| a | b |\n| --- | --: |\n| x | 12.1 |\n\n1. 5 late\n2. 6 early\n\n- 5',
    '12.1',
    '5',
    '6',
  );
  expect(html).toMatch(/<td[^>]*>\[0:12.1\]<\/td>/);
  expect(html).toContain('<li>[1:5] late</li>\n<li>[2:6] early</li>');
});

test('code and addresses stay as they are', () => {
  const text = '`12` [it](https://example.org/12) <https://example.org/>\n\n```\n12\n```';
  expect(bracketed(text, '12', '12', '12')).toBe(markdownHtml(text));
});

test('a number in a link is marked, and the link stays the one thing to click', () => {
  const text = '[12 of **34**](https://example.org/12)';
  const [at12, at34] = numbersIn(text, '12', '34');
  const html = numberedHtml(text, [
    { ...at12, how: 'found', step: 1 },
    { ...at34, how: 'unverified', step: 0 },
  ]);
  const el = document.createElement('div');
  el.innerHTML = html ?? '';
  const [link, ...others] = [...el.querySelectorAll('a, button, [tabindex], [role=button]')];
  expect([link.textContent, link.getAttribute('href'), others]).toEqual([
    '12 of 34',
    'https://example.org/12',
    [],
  ]);
  expect(link.querySelector('.rasgo-how-unverified')?.getAttribute('aria-label')).toContain('Unverified');
});

test('the number of a list is left alone', () => {
  const text = '5. late\n6. early\n\n- 5';
  expect(bracketed(text, '5', '6')).toBe(markdownHtml(text));
});

test('where the text is another one nothing is marked', () => {
  const html = dressed(
    markdownHtml(lettered('five', [aNumber('5', { at: 0 }), aNumber('9', { at: -1 })])),
    () => 'x',
  );
  expect(html).toBe(markdownHtml('five'));
});

const number = fc
  .tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.constantFrom('', '%', '.5'))
  .map(([n, end]) => `${n}${end}`);
const around = fc.constantFrom(
  ' ',
  '\n',
  '\n\n- ',
  ' **',
  '** ',
  '`',
  ' | ',
  '[',
  '](x) ',
  '<',
  '&',
  '\n# ',
  ' is ',
);

test('marks change nothing of any text, and lose none of it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(around, number), { maxLength: 8 }), (pieces) => {
      const text = pieces.map(([before, n]) => before + n).join('');
      const numbers = numbersIn(text, ...pieces.map(([, n]) => n));
      const html = dressed(markdownHtml(lettered(text, numbers)), (shown) => shown);
      expect(textOf(html)).toBe(textOf(markdownHtml(text)));
    }),
  );
});

function textOf(html: string): string {
  const el = document.createElement('div');
  el.innerHTML = html;
  return (el.textContent ?? '').replace(/\s+/g, ' ');
}

test('what is said of a number cannot leave its attribute', () => {
  const html = numberedHtml('5', [aNumber('5', { said: '"><img src=x onerror=alert(1)>' })]);
  const el = document.createElement('div');
  el.innerHTML = html ?? '';
  expect(el.querySelector('img')).toBeNull();
  expect(el.querySelector('span')?.getAttribute('aria-label')).toContain('"><img');
});

const target = () => page.el.querySelector('.rasgo-target')?.textContent;

test('a click on a number opens its step and shows its cell', async () => {
  await page.show({ ...everything, live: false }, false);
  page.el.querySelector<HTMLElement>('[data-number="1"]')?.click();
  await drawn();
  const toggle = page.el.querySelector('[data-step="3"] .rasgo-step-toggle');
  expect(toggle?.getAttribute('aria-expanded')).toBe('true');
  expect(target()).toBe('54,173');
});

test('Enter on a number does so too, and a number of a call without rows shows the call', async () => {
  const call = aCall({ id: 'c', body: bodies.plain });
  const answer = { ...everything.answer!, text: '5 days', numbers: [aNumber('5', { step: 1, call: 'c' })] };
  await page.show(aRun({ status: 'answered', steps: [aStep(1, { calls: [call] })], answer }));
  const found = page.el.querySelector<HTMLElement>('[data-number="0"]');
  found?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  await drawn();
  expect(document.activeElement).toBe(page.el.querySelector('[data-call="c"]'));
});

test('an unverified number is told to screen readers and leads nowhere', async () => {
  await page.show(everything);
  const wrong = page.el.querySelector<HTMLElement>('.rasgo-how-unverified');
  expect(wrong?.getAttribute('aria-label')).toBe('13.02, Unverified: in no result');
  expect(wrong?.getAttribute('role')).toBe('note');
  wrong?.click();
  await drawn();
  expect(page.el.querySelectorAll('[aria-expanded=true]')).toHaveLength(0);
});

test('where a number comes from is said while it has the focus', async () => {
  await page.show(everything);
  const tip = () => page.el.querySelector('[role=tooltip]')?.textContent;
  page.el.querySelector('[data-number="0"]')?.dispatchEvent(new Event('focusin', { bubbles: true }));
  await drawn();
  expect(tip()).toBe('mean_delay of row 1 in step 3');
  page.el.querySelector('[data-number="0"]')?.dispatchEvent(new Event('focusout', { bubbles: true }));
  await drawn();
  expect(tip()).toBeUndefined();
});

test('the share is said below the answer, and nothing where there are no numbers', async () => {
  await page.show(everything);
  expect(page.el.textContent).toContain('3 of 4 numbers traced to steps · 1 unverified');
  const answer = { ...everything.answer!, numbers: [], traced: '' };
  await page.show({ ...everything, answer });
  expect(page.el.querySelector('.rasgo-traced')).toBeNull();
});

test('updates of the run do not mark the numbers anew', async () => {
  await page.show(everything);
  const before = page.el.querySelector('[data-number="0"]');
  await page.show({ ...everything, totals: '9 steps' });
  expect(page.el.querySelector('[data-number="0"]')).toBe(before);
});
