import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { CallState, PageMessage, Reply, RunState, Snapshot, Update } from '../../src/protocol';
import { renderStatic } from '../../src/view/static';
import { applyAll } from '../../src/view/state';
import { aRun, aStep } from './makers';

const FOLDER = resolve(import.meta.dirname, '../../../tests/golden/protocol');

function golden<T>(name: string): T {
  return JSON.parse(readFileSync(resolve(FOLDER, `${name}.json`), 'utf-8')) as T;
}

const named = (prefix: string) =>
  readdirSync(FOLDER)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.replace('.json', ''));

let el = document.createElement('div');
afterEach(() => {
  el = document.createElement('div');
});

function openAll(): void {
  for (const toggle of el.querySelectorAll<HTMLElement>('.rasgo-step-toggle[aria-expanded=false]'))
    toggle.click();
}

const drawn = () => new Promise((done) => setTimeout(done, 30));

test('the updates of a run lead from its snapshot to its last state', () => {
  const { run } = golden<Snapshot>('snapshot');
  const changes = golden<Update[]>('updates').flatMap((update) => update.changes);
  expect(applyAll(run, changes)).toEqual(golden<RunState>('run_live'));
});

test('updates count up by one from the snapshot', () => {
  const { seq } = golden<Snapshot>('snapshot');
  const seqs = golden<Update[]>('updates').map((update) => update.seq);
  expect(seqs).toEqual(seqs.map((_, i) => seq + 1 + i));
});

test.each(named('run_'))('%s is drawn with a card for each step', async (name) => {
  const run = golden<RunState>(name);
  renderStatic(el, run);
  openAll();
  await drawn();
  const numbers = [...el.querySelectorAll<HTMLElement>('.rasgo-step')].map((step) =>
    Number(step.dataset.step),
  );
  expect(numbers).toEqual(run.steps.filter((step) => !step.only_answers).map((step) => step.number));
  expect(el.querySelectorAll('.rasgo-call').length).toBe(
    run.steps.filter((step) => !step.only_answers).flatMap((step) => step.calls).length,
  );
});

test('run_traced is drawn with each of its numbers marked, and where its answer was saved', async () => {
  const run = golden<RunState>('run_traced');
  renderStatic(el, run);
  await drawn();
  const marked = [...el.querySelectorAll('.rasgo-traced')].map((number) => number.textContent);
  expect(marked).toEqual(run.answer?.numbers.map(({ text }) => text));
  for (const said of [run.answer?.traced, run.answer?.eval, ...run.notes])
    expect(el.textContent).toContain(said);
});

test.each(named('call_'))('%s is drawn with what it would do', async (name) => {
  const call = golden<CallState>(name);
  renderStatic(el, aRun({ steps: [aStep(1, { calls: [call] })] }));
  openAll();
  await drawn();
  expect(el.textContent).toContain(call.approval?.effects[0]);
});

test.each(named('query_'))('%s is drawn with what is known of its query', async (name) => {
  const call = golden<CallState>(name);
  renderStatic(el, aRun({ steps: [aStep(1, { calls: [call] })] }));
  openAll();
  await drawn();
  const isAsked = call.approval?.state === 'asked'; // then the effects say it
  const known = isAsked ? [] : [call.connection, call.estimate];
  for (const fact of [...known, call.progress, call.query_id, call.withheld, ...call.remarks])
    expect(el.textContent).toContain(fact);
});

test.each(named('memory_'))('%s is drawn with what became of its proposal', async (name) => {
  renderStatic(el, golden<RunState>(name));
  openAll();
  await drawn();
  const said = { memory_open: 'Proposed memory', memory_kept: 'Kept for', memory_dropped: 'Dropped.' }[name];
  expect(el.textContent).toContain(said);
});

test.each(named('request_'))('%s is one request and its one reply', (name) => {
  const { request, reply } = golden<{ request: PageMessage; reply: Reply }>(name);
  expect(request.kind).toBe('request');
  expect(reply).toMatchObject({ kind: 'reply', to: request.page, id: 7 });
});
