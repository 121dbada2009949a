import { render } from 'preact';
import { expect, test } from 'vitest';
import type { Answer } from '../../src/host';
import type { CallState, InsertCells } from '../../src/protocol';
import { INSERT_CELLS, RUN_CELL } from '../../src/protocol';
import { RunView } from '../../src/view/run';
import { aCall, aRun, aStep } from './makers';
import { drawn, pageOfEachTest } from './page';
import { asking, everything, spoiled } from './samples';

const page = pageOfEachTest();
const buttons = () => [...page.el.querySelectorAll('button')].map((button) => button.textContent);
const openSteps = () =>
  [...page.el.querySelectorAll('.rasgo-step-toggle')].map(
    (toggle) => toggle.getAttribute('aria-expanded') === 'true',
  );

const approving = aRun({ steps: [asking.steps[2]] });

test('the step under way is open and folds when the next one begins', async () => {
  await page.show(aRun({ steps: [aStep(1, { status: 'running' })] }));
  expect(openSteps()).toEqual([true]);
  await page.show(aRun({ steps: [aStep(1), aStep(2, { status: 'writing' })] }));
  expect(openSteps()).toEqual([false, true]);
  await page.show(aRun({ steps: [aStep(1), aStep(2)], status: 'answered' }));
  expect(openSteps()).toEqual([false, false]);
});

test('a step that the person opened or closed stays so', async () => {
  await page.show(aRun({ steps: [aStep(1), aStep(2, { status: 'writing' })] }));
  for (const toggle of page.el.querySelectorAll<HTMLElement>('.rasgo-step-toggle')) toggle.click();
  await drawn();
  await page.show(aRun({ steps: [aStep(1), aStep(2, { status: 'running' })] }));
  expect(openSteps()).toEqual([true, false]);
});

test('approving is asked for once, with nothing changed', async () => {
  await page.show(approving);
  await page.click('Approve');
  expect(page.asked).toEqual([{ name: 'approve', call: 'p', always: false, code: null }]);
});

test('buttons rest until the reply comes', async () => {
  page.value = new Promise(() => {});
  const never = { live: true, ask: () => new Promise<Answer>(() => {}) };
  render(<RunView run={approving} host={never} line="" />, page.el);
  await page.click('Approve');
  const choices = [...page.el.querySelectorAll('.rasgo-approval button')];
  expect(choices.map((button) => button.getAttribute('aria-disabled'))).toEqual(Array(4).fill('true'));
});

test('code edited before approving is what is sent', async () => {
  await page.show(approving);
  await page.click('Edit first');
  await page.put('textarea', 'print(1)');
  await page.click('Approve as edited');
  expect(page.asked).toEqual([{ name: 'approve', call: 'p', always: false, code: 'print(1)' }]);
});

test('a refusal carries the reason, sent by Enter', async () => {
  await page.show(approving);
  await page.click('Refuse');
  await page.put('.rasgo-approval input', 'not that file', { key: 'Enter' });
  expect(page.asked).toEqual([{ name: 'refuse', call: 'p', reason: 'not that file' }]);
});

test('Escape leaves a refusal and an edit', async () => {
  await page.show(approving);
  for (const way of ['Refuse', 'Edit first']) {
    await page.click(way);
    await page.put('.rasgo-approval .rasgo-field', 'x', { key: 'Escape' });
    expect(buttons()).toContain('Approve always in this notebook');
  }
  expect(page.asked).toEqual([]);
});

test('a question is answered by a choice or in words', async () => {
  await page.show(aRun({ steps: [asking.steps[1]] }));
  await page.click('Any delay');
  await page.put('.rasgo-asks input', 'by the hour', { key: 'Enter' });
  expect(page.asked).toEqual([
    { name: 'answer', call: 'q', text: 'Any delay' },
    { name: 'answer', call: 'q', text: 'by the hour' },
  ]);
});

test('what the kernel refuses is said in a line', async () => {
  page.value = new Error('The run has ended.');
  await page.show(approving);
  await page.click('Stop');
  expect(page.el.querySelector('.rasgo-stop .rasgo-said')?.textContent).toBe('The run has ended.');
});

test('chosen steps are promoted, to the labextension', async () => {
  const cells = [{ cell_type: 'code', source: 'x = 1', metadata: {} }];
  page.value = cells;
  const heard: unknown[] = [];
  page.el.addEventListener(INSERT_CELLS, (event) => {
    event.preventDefault();
    heard.push((event as CustomEvent<InsertCells>).detail);
  });
  await page.show(everything);
  await page.click('Choose steps');
  for (const n of [4, 2]) page.el.querySelectorAll<HTMLInputElement>('input[type=checkbox]')[n].click();
  await drawn();
  await page.click('Promote 2 steps');
  expect(page.asked.at(-1)).toEqual({ name: 'promote', steps: [3, 5] });
  expect(heard).toEqual([{ cells }]);
  expect(page.el.querySelectorAll('input[type=checkbox]').length).toBe(0);
});

test('what was chosen stays chosen when the kernel refuses', async () => {
  page.value = new Error('The run is not kept.');
  await page.show(everything);
  await page.click('Choose steps');
  page.el.querySelectorAll<HTMLInputElement>('input[type=checkbox]')[2].click();
  await drawn();
  await page.click('Promote 1 step');
  expect(page.el.querySelectorAll('input[type=checkbox]:checked').length).toBe(1);
});

test('where no labextension listens the source is copied and a line says so', async () => {
  page.value = [
    { cell_type: 'markdown', source: '## Late', metadata: {} },
    { cell_type: 'code', source: 'x = 1', metadata: {} },
  ];
  await page.show(everything);
  await page.click('Promote all');
  expect(await navigator.clipboard.readText()).toBe('# Late\n\nx = 1');
  expect(page.el.querySelector('.rasgo-foot .rasgo-said')?.textContent).toBe(
    'Copied. Paste it into a cell below.',
  );
});

test('an edited step goes on in a cell of its own', async () => {
  page.value = { cell_type: 'code', source: '%%ask --from-step 3', metadata: {} };
  const heard: unknown[] = [];
  page.el.addEventListener(RUN_CELL, (event) => {
    event.preventDefault();
    heard.push((event as CustomEvent<InsertCells>).detail);
  });
  const call = aCall({ code: { language: 'sql', text: 'SELECT 1', formatted: '', cut: false } });
  await page.show(aRun({ status: 'answered', steps: [aStep(3, { calls: [call] })] }));
  page.el.querySelector<HTMLElement>('.rasgo-step-toggle')?.click();
  await drawn();
  await page.click('Edit');
  await page.put('textarea', 'SELECT 2', { key: 'Enter', ctrlKey: true });
  expect(page.asked).toEqual([{ name: 'edit', step: 3, call: 'call-1', code: 'SELECT 2' }]);
  expect(heard).toEqual([{ cells: [page.value] }]);
});

test('the steps that an answer rests on open from it', async () => {
  await page.show(everything);
  page.el.querySelector<HTMLElement>('[aria-label="Show step 3"]')?.click();
  await drawn();
  expect(openSteps()[2]).toBe(true);
});

test('a saved run offers nothing that needs a kernel', async () => {
  await page.show({ ...everything, live: false }, false);
  for (const toggle of page.el.querySelectorAll<HTMLElement>('.rasgo-step-toggle')) toggle.click();
  await drawn();
  const left = buttons().filter(
    (label) => label !== 'Copy' && label !== 'used 2 memories' && !/^(Step )?\d/.test(label ?? ''),
  );
  expect(left).toEqual([]);
  expect(page.el.querySelectorAll('select, input')).toHaveLength(0);
});

test('hostile text is shown and never run', async () => {
  await page.show({ ...spoiled(everything), status: 'running' });
  for (const toggle of page.el.querySelectorAll<HTMLElement>('.rasgo-step-toggle[aria-expanded=false]'))
    toggle.click();
  await drawn();
  expect(page.el.querySelectorAll('script, img, iframe, [onerror]')).toHaveLength(0);
  const links = [...page.el.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  expect(new Set(links)).toEqual(new Set(['http://127.0.0.1:9/pixel.png'])); // a link to follow, not a picture
  expect(page.el.textContent).toContain('<script>window.hacked = true</script>');
});

test('live text is appended, not drawn again', async () => {
  const writing = (text: string) => aRun({ steps: [aStep(1, { status: 'writing', text })] });
  await page.show(writing('one '));
  const first = page.el.querySelector('.rasgo-livetext')?.firstChild?.firstChild;
  await page.show(writing('one two'));
  const box = page.el.querySelector('.rasgo-livetext');
  expect(box?.textContent).toBe('one two');
  expect(box?.firstChild?.firstChild).toBe(first);
});

test('live text of any shape is whole, in blocks that stay short', async () => {
  const writing = (text: string) => aRun({ steps: [aStep(1, { status: 'writing', text })] });
  for (const piece of ['word '.repeat(9), 'x'.repeat(900), 'a line\n\n', 'y'.repeat(20_000)]) {
    render(null, page.el);
    for (let n = 0; n <= 12; n += 3) await page.show(writing(piece.repeat(n)));
    const blocks = [...page.el.querySelectorAll('.rasgo-livetext > div')].map(
      (block) => block.textContent ?? '',
    );
    expect(blocks.join('')).toBe(piece.repeat(12));
    expect(Math.max(...blocks.map((block) => block.length))).toBeLessThanOrEqual(8_000);
  }
});

test('a status is told to screen readers, a piece of text is not', async () => {
  const run = aRun({ steps: [aStep(1, { status: 'writing', text: 'one' })] });
  await page.show(run);
  const said = () => page.el.querySelector('[aria-live]')?.textContent;
  const before = said();
  await page.show(aRun({ steps: [aStep(1, { status: 'writing', text: 'one two' })] }));
  expect(said()).toBe(before);
  await page.show(aRun({ status: 'answered' }));
  expect(said()).toBe('Answered.');
});

test('the focus goes from a decided card to its step', async () => {
  await page.show(approving);
  const approve = [...page.el.querySelectorAll('button')].find((button) => button.textContent === 'Approve');
  approve?.focus();
  await page.click('Approve');
  await page.show(aRun({ steps: [{ ...asking.steps[2], status: 'running', calls: [aCall({ id: 'p' })] }] }));
  expect(document.activeElement).toBe(page.el.querySelector('.rasgo-step-toggle'));
});

test('a card that cannot be drawn takes no other with it', async () => {
  const broken = aCall({ id: 'b', body: { kind: 'hits', more: '' } as unknown as CallState['body'] });
  await page.show(aRun({ steps: [aStep(1, { calls: [broken, aCall({ outcome: 'still here' })] })] }));
  expect(page.el.textContent).toContain('This card cannot be drawn here');
  expect(page.el.textContent).toContain('still here');
});

test('two clicks at once are one', async () => {
  await page.show(approving);
  const approve = [...page.el.querySelectorAll('button')].find((button) => button.textContent === 'Approve');
  approve?.click();
  approve?.click();
  expect(page.asked).toHaveLength(1);
});
