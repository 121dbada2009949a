import { render } from 'preact';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Answer } from '../../src/host';
import type { Ask, ProposalState, RunState } from '../../src/protocol';
import { RIPE_MS } from '../../src/view/memory';
import { RunView } from '../../src/view/run';
import { bodies } from './cards';
import { aCall, aMemory, aRun, aStep, everything } from './samples';

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
  if (ask.name !== 'asset') asked.push(ask); // Plotly, for the answer's figure
  return value instanceof Error ? Promise.reject(value) : Promise.resolve({ value, buffer: null });
};

const after = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function show(run: RunState, { live = true, ripe = true } = {}): Promise<void> {
  render(<RunView run={run} host={{ live, ask }} line="" />, el);
  await after(ripe ? RIPE_MS + 30 : 30);
}

async function click(label: string): Promise<void> {
  const button = [...el.querySelectorAll('button')].find((each) => each.textContent === label);
  if (button === undefined) throw new Error(`no button ${label}`);
  button.click();
  await after(30);
}

async function put(selector: string, text: string): Promise<void> {
  const field = el.querySelector<HTMLTextAreaElement | HTMLSelectElement>(selector);
  if (field === null) throw new Error(`no field ${selector}`);
  field.value = text;
  field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));
  await after(30);
}

const proposed = bodies.proposal.kind === 'proposal' ? bodies.proposal.proposal : null!;

const proposing = (proposal: Partial<ProposalState> = {}): RunState =>
  aRun({
    status: 'answered',
    steps: [
      aStep(3, {
        calls: [
          aCall({
            tool: 'propose_memory',
            body: { kind: 'proposal', proposal: { ...proposed, ...proposal } },
          }),
        ],
      }),
    ],
  });

const buttons = () => [...el.querySelectorAll('button')].map((button) => button.textContent);

test('a proposal is kept in its words for whom the person chose', async () => {
  await show(proposing());
  await put('.rasgo-proposal select', 'team');
  await click('Keep');
  expect(asked).toEqual([{ name: 'memory_keep', proposal: 'p1', text: proposed.text, scope: 'team' }]);
});

test('a proposal takes no click in the moment in which it appears', async () => {
  await show(proposing(), { ripe: false });
  await click('Keep');
  await click('Drop');
  expect(asked).toEqual([]);
});

test('no button of a proposal is the default one or has the focus', async () => {
  await show(proposing());
  expect(el.querySelector('.rasgo-proposal .rasgo-strong')).toBeNull();
  expect(el.contains(document.activeElement)).toBe(false);
});

test('a proposal is kept as the person edited it', async () => {
  await show(proposing());
  await click('Edit');
  await put('.rasgo-proposal textarea', 'Late is more than 20 minutes.');
  await click('Keep');
  expect(asked[0]).toMatchObject({ name: 'memory_keep', text: 'Late is more than 20 minutes.' });
});

test('a refusal of the kernel is a line on the card, which stays', async () => {
  value = new Error('This looks like a password. Leave it out.');
  await show(proposing());
  await click('Keep');
  expect(el.querySelector('.rasgo-proposal')?.textContent).toContain('This looks like a password.');
  expect(buttons()).toContain('Keep');
});

test('what is kept is told, and can be undone', async () => {
  await show(proposing({ decided: 'kept', kept: aMemory() }));
  expect(el.textContent).toContain('Kept for this connection: Delays are in minutes.');
  await click('Undo');
  expect(asked).toEqual([{ name: 'memory_forget', memory: 'm1' }]);
});

test('what was dropped can be kept after all', async () => {
  await show(proposing({ decided: 'dropped' }));
  expect(buttons()).not.toContain('Keep');
  await click('Undo');
  await after(RIPE_MS);
  await click('Keep');
  expect(asked).toMatchObject([{ name: 'memory_keep', proposal: 'p1' }]);
});

test('hidden characters of a proposal are spelt out', async () => {
  await show(proposing({ text: 'a\u202Eb\u200Bc' }));
  expect(el.querySelector('.rasgo-proposed')?.textContent).toBe('a⟨U+202E⟩b⟨U+200B⟩c');
});

test('where nobody hears a click there is none', async () => {
  await show(everything, { live: false });
  await click('used 2 memories');
  expect(buttons().filter((label) => ['Keep', 'Remove', 'Save as verified query'].includes(label))).toEqual(
    [],
  );
});

test('the memories that were used are listed with what speaks against them', async () => {
  await show(everything);
  expect(el.textContent).toContain('1 may no longer hold');
  await click('used 2 memories');
  const said = el.querySelector('.rasgo-recalled')?.textContent;
  for (const piece of [
    'Delays are in minutes.',
    'ada',
    '2026-10-05',
    'for the team',
    'has no column carrier_code',
  ])
    expect(said).toContain(piece);
  await click('Remove');
  expect(asked).toEqual([{ name: 'memory_forget', memory: 'm1' }]);
});

test('a memory that was removed can be brought back', async () => {
  const [first, second] = everything.recalled;
  await show({ ...everything, recalled: [{ ...first, forgotten: true }, second] });
  await click('used 2 memories');
  await click('Undo');
  expect(asked).toEqual([{ name: 'memory_restore', memory: 'm1' }]);
});

test('an answer is saved with its question as a verified query', async () => {
  await show(everything);
  await click('Save as verified query');
  expect(el.querySelector<HTMLTextAreaElement>('.rasgo-answer textarea')?.value).toBe(everything.question);
  await put('.rasgo-answer textarea', 'Who is late?');
  await click('Save');
  expect(asked).toEqual([{ name: 'verify', question: 'Who is late?', scope: 'connection' }]);
});

test('a note is kept about a column of the table that is looked at', async () => {
  const table = bodies.tables.kind === 'tables' ? bodies.tables.tables[0] : null!;
  await show(aRun({ steps: [aStep(1, { status: 'running', calls: [aCall({ body: bodies.tables })] })] }));
  await click('Add a note');
  await put('.rasgo-proposal textarea', 'In minutes.');
  await put('.rasgo-proposal select', 'dep_delay');
  value = aMemory({ text: 'In minutes.' });
  await click('Keep');
  expect(asked).toEqual([
    { name: 'note', table: table.name, column: 'dep_delay', text: 'In minutes.', scope: 'connection' },
  ]);
  expect(el.textContent).toContain('Kept for this connection: In minutes.');
});

test('a run that was saved before there were memories is drawn', async () => {
  await show({ ...everything, recalled: undefined } as unknown as RunState, { live: false });
  expect(el.querySelector('.rasgo-answer')).not.toBeNull();
});
