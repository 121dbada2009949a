import { expect, test } from 'vitest';
import type { ProposalState, RunState } from '../../src/protocol';
import { RIPE_MS } from '../../src/view/memory';
import { bodies } from './cards';
import { aCall, aMemory, aRun, aStep } from './makers';
import { after, pageOfEachTest } from './page';
import { everything } from './samples';

const page = pageOfEachTest();

/** Until what appears takes clicks. */
async function show(run: RunState): Promise<void> {
  await page.show(run);
  await after(RIPE_MS);
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

const buttons = () => [...page.el.querySelectorAll('button')].map((button) => button.textContent);

test('a proposal is kept in its words for whom the person chose', async () => {
  await show(proposing());
  await page.put('.rasgo-proposal select', 'team');
  await page.click('Keep');
  expect(page.asked).toEqual([{ name: 'memory_keep', proposal: 'p1', text: proposed.text, scope: 'team' }]);
});

test('a proposal takes no click in the moment in which it appears', async () => {
  await page.show(proposing());
  await page.click('Keep');
  await page.click('Drop');
  expect(page.asked).toEqual([]);
});

test('no button of a proposal is the default one or has the focus', async () => {
  await show(proposing());
  expect(page.el.querySelector('.rasgo-proposal .rasgo-strong')).toBeNull();
  expect(page.el.contains(document.activeElement)).toBe(false);
});

test('a proposal is kept as the person edited it', async () => {
  await show(proposing());
  await page.click('Edit');
  await page.put('.rasgo-proposal textarea', 'Late is more than 20 minutes.');
  await page.click('Keep');
  expect(page.asked[0]).toMatchObject({ name: 'memory_keep', text: 'Late is more than 20 minutes.' });
});

test('a refusal of the kernel is a line on the card, which stays', async () => {
  page.value = new Error('This looks like a password. Leave it out.');
  await show(proposing());
  await page.click('Keep');
  expect(page.el.querySelector('.rasgo-proposal')?.textContent).toContain('This looks like a password.');
  expect(buttons()).toContain('Keep');
});

test('what is kept is told, and can be undone', async () => {
  await show(proposing({ decided: 'kept', kept: aMemory() }));
  expect(page.el.textContent).toContain('Kept for this connection: Delays are in minutes.');
  await page.click('Undo');
  expect(page.asked).toEqual([{ name: 'memory_forget', memory: 'm1' }]);
});

test('what was dropped can be kept after all', async () => {
  await show(proposing({ decided: 'dropped' }));
  expect(buttons()).not.toContain('Keep');
  await page.click('Undo');
  await after(RIPE_MS);
  await page.click('Keep');
  expect(page.asked).toMatchObject([{ name: 'memory_keep', proposal: 'p1' }]);
});

test('hidden characters of a proposal are spelt out', async () => {
  await show(proposing({ text: 'a\u202Eb\u200Bc' }));
  expect(page.el.querySelector('.rasgo-proposed')?.textContent).toBe('a⟨U+202E⟩b⟨U+200B⟩c');
});

test('where nobody hears a click there is none', async () => {
  await page.show(everything, false);
  await page.click('used 2 memories');
  expect(buttons().filter((label) => ['Keep', 'Remove', 'Save as verified query'].includes(label))).toEqual(
    [],
  );
});

test('the memories that were used are listed with what speaks against them', async () => {
  await show(everything);
  expect(page.el.textContent).toContain('1 may no longer hold');
  await page.click('used 2 memories');
  const said = page.el.querySelector('.rasgo-recalled')?.textContent;
  for (const piece of [
    'Delays are in minutes.',
    'ada',
    '2026-10-05',
    'for the team',
    'has no column carrier_code',
  ])
    expect(said).toContain(piece);
  await page.click('Remove');
  expect(page.asked).toEqual([{ name: 'memory_forget', memory: 'm1' }]);
});

test('a memory that was removed can be brought back', async () => {
  const [first, second] = everything.recalled;
  await show({ ...everything, recalled: [{ ...first, forgotten: true }, second] });
  await page.click('used 2 memories');
  await page.click('Undo');
  expect(page.asked).toEqual([{ name: 'memory_restore', memory: 'm1' }]);
});

test('an answer is saved with its question as a verified query', async () => {
  await show(everything);
  await page.click('Save as verified query');
  expect(page.el.querySelector<HTMLTextAreaElement>('.rasgo-answer textarea')?.value).toBe(
    everything.question,
  );
  await page.put('.rasgo-answer textarea', 'Who is late?');
  await page.click('Save');
  expect(page.asked).toEqual([{ name: 'verify', question: 'Who is late?', scope: 'connection' }]);
});

test('a note is kept about a column of the table that is looked at', async () => {
  const table = bodies.tables.kind === 'tables' ? bodies.tables.tables[0] : null!;
  await show(aRun({ steps: [aStep(1, { status: 'running', calls: [aCall({ body: bodies.tables })] })] }));
  await page.click('Add a note');
  await page.put('.rasgo-proposal textarea', 'In minutes.');
  await page.put('.rasgo-proposal select', 'dep_delay');
  page.value = aMemory({ text: 'In minutes.' });
  await page.click('Keep');
  expect(page.asked).toEqual([
    { name: 'note', table: table.name, column: 'dep_delay', text: 'In minutes.', scope: 'connection' },
  ]);
  expect(page.el.textContent).toContain('Kept for this connection: In minutes.');
});

test('a run that was saved before there were memories is drawn', async () => {
  await page.show({ ...everything, recalled: undefined } as unknown as RunState, false);
  expect(page.el.querySelector('.rasgo-answer')).not.toBeNull();
});
