import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change, RunState } from '../../src/protocol';
import { apply, applyAll } from '../../src/view/state';
import { aCall, aRun, aStep } from './makers';

test('a change of the run leaves its steps alone', () => {
  const run = aRun({ steps: [aStep(1)] });
  const after = apply(run, { op: 'run', run: { status: 'answered', totals: '1 step' } });
  expect(after).toEqual({ ...run, status: 'answered', totals: '1 step' });
  expect(after?.steps).toBe(run.steps);
});

test('a step that is not there yet is added at the end', () => {
  const after = apply(aRun({ steps: [aStep(1)] }), { op: 'step', number: 2, step: { status: 'running' } });
  expect(after?.steps.map(({ number, status }) => [number, status])).toEqual([
    [1, 'done'],
    [2, 'running'],
  ]);
});

test('a call takes the place of the one with its id', () => {
  const run = aRun({ steps: [aStep(1, { calls: [aCall({ id: 'a' }), aCall({ id: 'b' })] })] });
  const after = apply(run, { op: 'call', number: 1, call: aCall({ id: 'a', outcome: '3 rows' }) });
  expect(after?.steps[0].calls.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['a', '3 rows'],
    ['b', ''],
  ]);
});

test('a step that did not change stays the same object', () => {
  const run = aRun({ steps: [aStep(1), aStep(2)] });
  const after = apply(run, { op: 'text', number: 2, field: 'text', at: 0, text: 'now' });
  expect(after?.steps[0]).toBe(run.steps[0]);
  expect(after?.steps[1].text).toBe('now');
});

test('a piece of text that does not join is told by null', () => {
  const run = aRun({ steps: [aStep(1, { text: 'one' })] });
  expect(apply(run, { op: 'text', number: 1, field: 'text', at: 2, text: 'x' })).toBeNull();
  expect(applyAll(run, [{ op: 'text', number: 7, field: 'text', at: 1, text: 'x' }])).toBeNull();
});

test('any text cut anywhere arrives whole', () => {
  const pieces = fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, fc.constantFrom('text' as const, 'thinking' as const), (texts, field) => {
      let at = 0;
      const changes = texts.map((text): Change => {
        const change: Change = { op: 'text', number: 1, field, at, text };
        at += text.length;
        return change;
      });
      const run: RunState = aRun({ steps: [aStep(1)] });
      expect(applyAll(run, changes)?.steps[0][field]).toBe(texts.join(''));
    }),
  );
});

test('changes never touch the run that they start from', () => {
  const number = fc.integer({ min: 1, max: 3 });
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ op: fc.constant('run' as const), run: fc.record({ totals: fc.string() }) }),
    fc.record({ op: fc.constant('step' as const), number, step: fc.record({ cost: fc.string() }) }),
    fc.record({ op: fc.constant('call' as const), number, call: fc.constant(aCall()) }),
  );
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const run = aRun({ steps: [aStep(1)] });
      const before = structuredClone(run);
      applyAll(run, changes);
      expect(run).toEqual(before);
    }),
  );
});
