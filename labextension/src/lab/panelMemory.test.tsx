import { render } from 'preact';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aMemory } from '../../test/view/makers';
import type { LinkAsk } from './linkMessages';
import { Memory } from './panelMemory';

let el: HTMLElement;
let kept: string[];

beforeEach(() => {
  el = document.createElement('div');
  document.body.append(el);
  kept = ['net', 'euro', 'tests'];
});

afterEach(() => {
  render(null, el);
  el.remove();
});

const after = (ms: number) => new Promise((done) => setTimeout(done, ms));
const rows = () => [...el.querySelectorAll('li')];
const words = () => rows().map((row) => row.querySelector('.rasgo-lab-words')?.textContent);

function ask(asked: LinkAsk): Promise<unknown> {
  if (asked.name === 'memory_forget') kept = kept.filter((id) => id !== asked.memory);
  if (asked.name === 'memory_restore') kept = [asked.memory, ...kept];
  if (asked.name !== 'memories') return Promise.resolve(aMemory());
  const memories = kept.map((id) => ({
    memory: aMemory({ id, text: id }),
    why: '',
    flags: [],
    forgotten: false,
  }));
  return Promise.resolve({ memories, total: memories.length });
}

async function click(row: number, label: string): Promise<void> {
  const button = [...rows()[row].querySelectorAll('button')].find((each) => each.textContent === label);
  if (button === undefined) throw new Error(`no button ${label}`);
  button.click();
  await after(40);
}

async function enter(): Promise<void> {
  el.firstElementChild?.dispatchEvent(new Event('pointerenter'));
  await after(40);
}

test('what was forgotten keeps its place and its Undo when the list is read anew', async () => {
  render(<Memory ask={ask} runs="" />, el);
  await after(40);
  await click(1, 'Forget');
  await click(0, 'Forget');
  await enter();
  expect(words()).toEqual(['net', 'euro', 'tests']);
  expect(kept).toEqual(['tests']);
  await click(1, 'Undo');
  await enter();
  expect(words()).toContain('euro');
  expect(rows()[1].textContent).toContain('Forget');
});
