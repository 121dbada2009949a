import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunState, StepState } from '../protocol';
import type { LabState, LinkMessage, RunRow } from './linkMessages';
import { facts, isRun, listRuns } from './panelRuns';

const told = JSON.parse(readFileSync('../tests/golden/protocol/lab_state.json', 'utf8')) as LinkMessage & {
  state: LabState;
};

const step = (elapsed_s: number) => ({ elapsed_s }) as StepState;
const saved = (id: string, more: Partial<RunState> = {}) =>
  ({ id, question: `Question ${id}`, status: 'answered', steps: [step(1), step(2.5)], ...more }) as RunState;
const row = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  id,
  question: `Question ${id}`,
  model: 'offline',
  status: 'answered',
  steps: 3,
  elapsed_s: 4,
  cell: '',
  ...more,
});
const state = (...runs: RunRow[]): LabState => ({
  runs,
  running: '',
  connections: [],
  model: { name: '', note: '' },
});

describe('the runs of a notebook', () => {
  it('are those that the kernel tells of', () => {
    expect(listRuns([{ id: 'cell-2', runs: [] }], told.state)).toEqual([
      { id: 'run', question: 'How many orders?', status: 'answered', facts: '2 steps · 1.5 s', cell: 0 },
    ]);
  });

  it('are read from what is saved where no kernel knows them', () => {
    const cells = [
      { id: 'a', runs: [] },
      { id: 'b', runs: [saved('1')] },
    ];
    expect(listRuns(cells, null)).toEqual([
      { id: '1', question: 'Question 1', status: 'answered', facts: '2 steps · 3.5 s', cell: 1 },
    ]);
  });

  it('stand once, in the order of their cells, those without a cell last', () => {
    const cells = [
      { id: 'a', runs: [saved('late')] },
      { id: 'b', runs: [saved('early')] },
    ];
    const listed = listRuns(cells, state(row('gone', { cell: 'x' }), row('early'), row('late')));
    expect(listed.map(({ id, cell }) => [id, cell])).toEqual([
      ['late', 0],
      ['early', 1],
      ['gone', -1],
    ]);
  });

  it('show of a cell that ran again the run that it holds', () => {
    const cells = [{ id: 'a', runs: [saved('second')] }];
    const listed = listRuns(cells, state(row('first', { cell: 'a' }), row('second', { cell: 'a' })));
    expect(listed.map(({ id }) => id)).toEqual(['second']);
  });

  it('are not under way for ever where they were saved so', () => {
    expect(listRuns([{ id: 'a', runs: [saved('1', { status: 'running' })] }], null)[0].status).toBe(
      'stopped',
    );
  });
});

describe('a saved output', () => {
  it.each([null, 'text', {}, { id: 1 }, { ...saved('1'), steps: [{}] }, { ...saved('1'), status: 'odd' }])(
    'that is no run is left alone: %j',
    (data) => {
      expect(isRun(data)).toBe(false);
    },
  );

  it('that is one is taken', () => {
    expect(isRun(saved('1'))).toBe(true);
  });
});

describe('steps and time', () => {
  it('are told in words', () => {
    expect(facts(1, 0)).toBe('1 step');
    expect(facts(2, 59.94)).toBe('2 steps · 59.9 s');
    expect(facts(12, 754)).toBe('12 steps · 12 min 34 s');
  });
});
