import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { SawState } from '../../src/protocol';
import { RUN_CELL } from '../../src/protocol';
import { aRun, aSawItem, aStep } from './makers';
import { drawn, pageOfEachTest } from './page';
import { everything } from './samples';

const GOLDEN = resolve(import.meta.dirname, '../../../tests/golden/protocol/saw_wire.json');

const page = pageOfEachTest();

const saw: SawState = {
  step: 2,
  calls: [
    {
      id: '2.1',
      purpose: 'reply',
      model: 'some-model',
      interface: 'openai 2',
      totals: '4,210 tokens in · 120 out · 1.2 s',
      items: [
        aSawItem('instructions', { kind: 'instructions', title: 'Instructions', removable: false }),
        aSawItem('1.1', {
          title: 'Result of run_sql',
          receipt: '12 rows of carrier, delay',
          text: '{"rows": 12}',
        }),
      ],
      wire: [
        { address: 'https://example.org/v1', request: '{"a":1}', response: 'data: x', status: 200, note: '' },
      ],
    },
  ],
};

const run = aRun({ status: 'answered', steps: [aStep(2, { saw: '2 items, 4,210 tokens' })] });

async function opened(): Promise<void> {
  page.value = saw;
  await page.show(run);
  page.el.querySelector<HTMLElement>('.rasgo-step-toggle')?.click();
  await drawn();
  await page.click('The model saw 2 items, 4,210 tokens');
}

test('what the model saw is asked for when it is opened, once', async () => {
  await opened();
  await page.click('The model saw 2 items, 4,210 tokens');
  await page.click('The model saw 2 items, 4,210 tokens');
  expect(page.asked).toEqual([{ name: 'saw', step: 2 }]);
  const said = page.el.querySelector('.rasgo-saw-panel')?.textContent;
  for (const piece of [
    'Instructions',
    'Result of run_sql',
    '12 rows of carrier, delay',
    '4,210 tokens in',
    'status 200',
  ])
    expect(said).toContain(piece);
});

test('what the kernel tells of a call is drawn, each try on the wire', async () => {
  page.value = JSON.parse(readFileSync(GOLDEN, 'utf-8'));
  await page.show(run);
  page.el.querySelector<HTMLElement>('.rasgo-step-toggle')?.click();
  await drawn();
  await page.click('The model saw 2 items, 4,210 tokens');
  const { calls } = page.value as SawState;
  const said = page.el.querySelector('.rasgo-saw-panel')?.textContent;
  for (const item of calls[0].items)
    for (const piece of [item.title, item.receipt]) expect(said).toContain(piece);
  expect(said).toContain('try 2');
});

test('an item opens to its exact text', async () => {
  await opened();
  await page.click('Result of run_sql');
  expect(page.el.querySelector('.rasgo-longtext pre')?.textContent).toBe('{"rows": 12}');
});

test('ticked items are left out in a cell of its own', async () => {
  await opened();
  const boxes = page.el.querySelectorAll<HTMLInputElement>('.rasgo-saw-panel input');
  expect(boxes).toHaveLength(1); // instructions cannot be left out
  boxes[0].click();
  await drawn();
  page.value = { cell_type: 'code', source: '%%ask --without 1.1', metadata: {} };
  const heard: unknown[] = [];
  page.el.addEventListener(RUN_CELL, (event) => {
    event.preventDefault();
    heard.push((event as CustomEvent).detail);
  });
  await page.click('Ask again without 1 item');
  expect(page.asked.at(-1)).toEqual({ name: 'again', step: 2, without: ['1.1'] });
  expect(heard).toEqual([{ cells: [page.value] }]);
});

test('a refusal of the kernel is one line', async () => {
  await opened();
  page.el.querySelector<HTMLInputElement>('.rasgo-saw-panel input')?.click();
  await drawn();
  page.value = new Error('The run is not kept.');
  await page.click('Ask again without 1 item');
  expect(page.el.querySelector('.rasgo-saw-panel .rasgo-said')?.textContent).toBe('The run is not kept.');
});

test('the bodies on the wire are laid out where they are JSON', async () => {
  await opened();
  const folded = page.el.querySelector<HTMLDetailsElement>('.rasgo-saw-panel details')!;
  folded.open = true;
  folded.dispatchEvent(new Event('toggle'));
  await drawn();
  const bodies = [...folded.querySelectorAll('pre')].map((pre) => pre.textContent);
  expect(bodies).toEqual(['{\n  "a": 1\n}', 'data: x']);
});

test('a saved run says how to see it', async () => {
  await page.show({ ...run, live: false }, false);
  page.el.querySelector<HTMLElement>('.rasgo-step-toggle')?.click();
  await drawn();
  expect(page.el.textContent).toContain('The model saw 2 items, 4,210 tokens · %rasgo saw 2');
});

test('an answer is saved as an eval with one click', async () => {
  await page.show(everything);
  await page.click('Save as eval');
  expect(page.asked).toEqual([{ name: 'save_eval' }]);
  await page.show({ ...everything, answer: { ...everything.answer!, eval: 'delays.yaml, case 4' } });
  expect(page.el.textContent).toContain('Saved in delays.yaml, case 4.');
});

test('why an answer cannot be an eval is one line', async () => {
  page.value = new Error('The answer rests on no step. Ask again.');
  await page.show(everything);
  await page.click('Save as eval');
  expect(page.el.querySelector('.rasgo-keeping .rasgo-said')?.textContent).toContain('rests on no step');
});

test('what should be known of the run is in its header', async () => {
  await page.show(aRun({ notes: ['This run is not recorded: the disk is full.'] }));
  expect(page.el.querySelector('.rasgo-header')?.textContent).toContain('not recorded: the disk is full');
});
