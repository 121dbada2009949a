import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Answer } from '../../src/host';
import type { Ask, CallState, InsertCells, RunState } from '../../src/protocol';
import { INSERT_CELLS, RUN_CELL } from '../../src/protocol';
import { render } from 'preact';
import { RunView } from '../../src/view/run';
import { aCall, aRun, aStep, asking, everything, spoiled } from './samples';

/** One view in the page, and what it asked of a kernel that answers with `value` or, where it is an Error, refuses. */
let el: HTMLElement;
let asked: Ask[];
let value: unknown;

beforeEach(() => {
  el = document.createElement('div');
  document.body.append(el);
  asked = [];
  value = null;
});

afterEach(() => {
  render(null, el);
  el.remove();
});

const ask = (ask: Ask): Promise<Answer> => {
  asked.push(ask);
  return value instanceof Error ? Promise.reject(value) : Promise.resolve({ value, buffer: null });
};

const drawn = () => new Promise((done) => setTimeout(done, 30));

async function show(run: RunState, live = true): Promise<void> {
  render(<RunView run={run} host={{ live, ask }} line="" />, el);
  await drawn();
}

async function click(label: string, within: Element = el): Promise<void> {
  const button = [...within.querySelectorAll('button')].find((each) => each.textContent === label);
  if (button === undefined) throw new Error(`no button ${label}`);
  button.click();
  await drawn();
}

async function type(selector: string, text: string, ...keys: KeyboardEventInit[]): Promise<void> {
  const field = el.querySelector<HTMLInputElement>(selector);
  if (field === null) throw new Error(`no field ${selector}`);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await drawn();
  for (const key of keys) field.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...key }));
  await drawn();
}

const buttons = () => [...el.querySelectorAll('button')].map((button) => button.textContent);
const openSteps = () =>
  [...el.querySelectorAll('.rasgo-step-toggle')].map(
    (toggle) => toggle.getAttribute('aria-expanded') === 'true',
  );

const approving = aRun({ steps: [asking.steps[2]] });

test('the step under way is open and folds when the next one begins', async () => {
  await show(aRun({ steps: [aStep(1, { status: 'running' })] }));
  expect(openSteps()).toEqual([true]);
  await show(aRun({ steps: [aStep(1), aStep(2, { status: 'writing' })] }));
  expect(openSteps()).toEqual([false, true]);
  await show(aRun({ steps: [aStep(1), aStep(2)], status: 'answered' }));
  expect(openSteps()).toEqual([false, false]);
});

test('a step that the person opened or closed stays so', async () => {
  await show(aRun({ steps: [aStep(1), aStep(2, { status: 'writing' })] }));
  for (const toggle of el.querySelectorAll<HTMLElement>('.rasgo-step-toggle')) toggle.click();
  await drawn();
  await show(aRun({ steps: [aStep(1), aStep(2, { status: 'running' })] }));
  expect(openSteps()).toEqual([true, false]);
});

test('approving is asked for once, with nothing changed', async () => {
  await show(approving);
  await click('Approve');
  expect(asked).toEqual([{ name: 'approve', call: 'p', always: false, code: null }]);
});

test('buttons rest until the reply comes', async () => {
  value = new Promise(() => {});
  const never = { live: true, ask: () => new Promise<Answer>(() => {}) };
  render(<RunView run={approving} host={never} line="" />, el);
  await click('Approve');
  const choices = [...el.querySelectorAll('.rasgo-approval button')];
  expect(choices.map((button) => button.getAttribute('aria-disabled'))).toEqual(Array(4).fill('true'));
});

test('code edited before approving is what is sent', async () => {
  await show(approving);
  await click('Edit first');
  await type('textarea', 'print(1)');
  await click('Approve as edited');
  expect(asked).toEqual([{ name: 'approve', call: 'p', always: false, code: 'print(1)' }]);
});

test('a refusal carries the reason, sent by Enter', async () => {
  await show(approving);
  await click('Refuse');
  await type('.rasgo-approval input', 'not that file', { key: 'Enter' });
  expect(asked).toEqual([{ name: 'refuse', call: 'p', reason: 'not that file' }]);
});

test('Escape leaves a refusal and an edit', async () => {
  await show(approving);
  for (const way of ['Refuse', 'Edit first']) {
    await click(way);
    await type('.rasgo-approval .rasgo-field', 'x', { key: 'Escape' });
    expect(buttons()).toContain('Approve always in this notebook');
  }
  expect(asked).toEqual([]);
});

test('a question is answered by a choice or in words', async () => {
  await show(aRun({ steps: [asking.steps[1]] }));
  await click('Any delay');
  await type('.rasgo-asks input', 'by the hour', { key: 'Enter' });
  expect(asked).toEqual([
    { name: 'answer', call: 'q', text: 'Any delay' },
    { name: 'answer', call: 'q', text: 'by the hour' },
  ]);
});

test('what the kernel refuses is said in a line', async () => {
  value = new Error('The run has ended.');
  await show(approving);
  await click('Stop');
  expect(el.querySelector('.rasgo-stop .rasgo-said')?.textContent).toBe('The run has ended.');
});

test('chosen steps are promoted, to the labextension', async () => {
  const cells = [{ cell_type: 'code', source: 'x = 1', metadata: {} }];
  value = cells;
  const heard: unknown[] = [];
  el.addEventListener(INSERT_CELLS, (event) => {
    event.preventDefault();
    heard.push((event as CustomEvent<InsertCells>).detail);
  });
  await show(everything);
  await click('Choose steps');
  for (const n of [4, 2]) el.querySelectorAll<HTMLInputElement>('input[type=checkbox]')[n].click();
  await drawn();
  await click('Promote 2 steps');
  expect(asked.at(-1)).toEqual({ name: 'promote', steps: [3, 5] });
  expect(heard).toEqual([{ cells }]);
  expect(el.querySelectorAll('input[type=checkbox]').length).toBe(0);
});

test('what was chosen stays chosen when the kernel refuses', async () => {
  value = new Error('The run is not kept.');
  await show(everything);
  await click('Choose steps');
  el.querySelectorAll<HTMLInputElement>('input[type=checkbox]')[2].click();
  await drawn();
  await click('Promote 1 step');
  expect(el.querySelectorAll('input[type=checkbox]:checked').length).toBe(1);
});

test('where no labextension listens the source is copied and a line says so', async () => {
  value = [
    { cell_type: 'markdown', source: '## Late', metadata: {} },
    { cell_type: 'code', source: 'x = 1', metadata: {} },
  ];
  await show(everything);
  await click('Promote all');
  expect(await navigator.clipboard.readText()).toBe('# Late\n\nx = 1');
  expect(el.querySelector('.rasgo-foot .rasgo-said')?.textContent).toBe(
    'Copied. Paste it into a cell below.',
  );
});

test('an edited step goes on in a cell of its own', async () => {
  value = { cell_type: 'code', source: '%%ask --from-step 3', metadata: {} };
  const heard: unknown[] = [];
  el.addEventListener(RUN_CELL, (event) => {
    event.preventDefault();
    heard.push((event as CustomEvent<InsertCells>).detail);
  });
  const call = aCall({ code: { language: 'sql', text: 'SELECT 1', formatted: '', cut: false } });
  await show(aRun({ status: 'answered', steps: [aStep(3, { calls: [call] })] }));
  el.querySelector<HTMLElement>('.rasgo-step-toggle')?.click();
  await drawn();
  await click('Edit');
  await type('textarea', 'SELECT 2', { key: 'Enter', ctrlKey: true });
  expect(asked).toEqual([{ name: 'edit', step: 3, call: 'call-1', code: 'SELECT 2' }]);
  expect(heard).toEqual([{ cells: [value] }]);
});

test('the steps that an answer rests on open from it', async () => {
  await show(everything);
  el.querySelector<HTMLElement>('[aria-label="Show step 3"]')?.click();
  await drawn();
  expect(openSteps()[2]).toBe(true);
});

test('a saved run offers nothing that needs a kernel', async () => {
  await show({ ...everything, live: false }, false);
  for (const toggle of el.querySelectorAll<HTMLElement>('.rasgo-step-toggle')) toggle.click();
  await drawn();
  const left = buttons().filter(
    (label) => label !== 'Copy' && label !== 'used 2 memories' && !/^(Step )?\d/.test(label ?? ''),
  );
  expect(left).toEqual([]);
  expect(el.querySelectorAll('select, input')).toHaveLength(0);
});

test('hostile text is shown and never run', async () => {
  await show({ ...spoiled(everything), status: 'running' });
  for (const toggle of el.querySelectorAll<HTMLElement>('.rasgo-step-toggle[aria-expanded=false]'))
    toggle.click();
  await drawn();
  expect(el.querySelectorAll('script, img, iframe, [onerror]')).toHaveLength(0);
  const links = [...el.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  expect(new Set(links)).toEqual(new Set(['http://127.0.0.1:9/pixel.png'])); // a link to follow, not a picture
  expect(el.textContent).toContain('<script>window.hacked = true</script>');
});

test('live text is appended, not drawn again', async () => {
  const writing = (text: string) => aRun({ steps: [aStep(1, { status: 'writing', text })] });
  await show(writing('one '));
  const first = el.querySelector('.rasgo-livetext')?.firstChild?.firstChild;
  await show(writing('one two'));
  const box = el.querySelector('.rasgo-livetext');
  expect(box?.textContent).toBe('one two');
  expect(box?.firstChild?.firstChild).toBe(first);
});

test('live text of any shape is whole, in blocks that stay short', async () => {
  const writing = (text: string) => aRun({ steps: [aStep(1, { status: 'writing', text })] });
  for (const piece of ['word '.repeat(9), 'x'.repeat(900), 'a line\n\n', 'y'.repeat(20_000)]) {
    render(null, el);
    for (let n = 0; n <= 12; n += 3) await show(writing(piece.repeat(n)));
    const blocks = [...el.querySelectorAll('.rasgo-livetext > div')].map((block) => block.textContent ?? '');
    expect(blocks.join('')).toBe(piece.repeat(12));
    expect(Math.max(...blocks.map((block) => block.length))).toBeLessThanOrEqual(8_000);
  }
});

test('a status is told to screen readers, a piece of text is not', async () => {
  const run = aRun({ steps: [aStep(1, { status: 'writing', text: 'one' })] });
  await show(run);
  const said = () => el.querySelector('[aria-live]')?.textContent;
  const before = said();
  await show(aRun({ steps: [aStep(1, { status: 'writing', text: 'one two' })] }));
  expect(said()).toBe(before);
  await show(aRun({ status: 'answered' }));
  expect(said()).toBe('Answered.');
});

test('the focus goes from a decided card to its step', async () => {
  await show(approving);
  const approve = [...el.querySelectorAll('button')].find((button) => button.textContent === 'Approve');
  approve?.focus();
  await click('Approve');
  await show(aRun({ steps: [{ ...asking.steps[2], status: 'running', calls: [aCall({ id: 'p' })] }] }));
  expect(document.activeElement).toBe(el.querySelector('.rasgo-step-toggle'));
});

test('a card that cannot be drawn takes no other with it', async () => {
  const broken = aCall({ id: 'b', body: { kind: 'hits', more: '' } as unknown as CallState['body'] });
  await show(aRun({ steps: [aStep(1, { calls: [broken, aCall({ outcome: 'still here' })] })] }));
  expect(el.textContent).toContain('This card cannot be drawn here');
  expect(el.textContent).toContain('still here');
});

test('two clicks at once are one', async () => {
  await show(approving);
  const approve = [...el.querySelectorAll('button')].find((button) => button.textContent === 'Approve');
  approve?.click();
  approve?.click();
  expect(asked).toHaveLength(1);
});
