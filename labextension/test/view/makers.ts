import type {
  CallState,
  MemoryState,
  NumberState,
  RunState,
  SawItemState,
  StepState,
} from '../../src/protocol';
import { newStep } from '../../src/view/state';

/** States of which a test says only what matters to it. */

export const aCall = (call: Partial<CallState> = {}): CallState => ({
  id: 'call-1',
  tool: 'run_sql',
  status: 'done',
  outcome: '',
  elapsed_s: 0,
  arguments: '',
  code: null,
  approval: null,
  connection: '',
  estimate: '',
  progress: '',
  query_id: '',
  remarks: [],
  withheld: '',
  question: null,
  outputs: [],
  body: null,
  error: '',
  ...call,
});

export const aStep = (number: number, step: Partial<StepState> = {}): StepState => ({
  ...newStep(number),
  status: 'done',
  ...step,
});

export const aMemory = (memory: Partial<MemoryState> = {}): MemoryState => ({
  id: 'm1',
  text: 'Delays are in minutes.',
  scope: 'connection',
  author: 'ada',
  date: '2026-10-05',
  connection: 'sample',
  tables: ['sample.main.flights'],
  columns: [],
  sql: '',
  ...memory,
});

export const aNumber = (text: string, number: Partial<NumberState> = {}): NumberState => ({
  text,
  at: 0,
  how: 'found',
  said: '',
  step: 3,
  call: 'call-1',
  column: '',
  row: -1,
  ...number,
});

export const aRun = (run: Partial<RunState> = {}): RunState => ({
  version: 1,
  id: 'run-1',
  question: 'Which carrier was late most often, and by how much?',
  model: 'offline',
  connection: 'sample',
  note: '',
  notes: [],
  status: 'running',
  recalled: [],
  steps: [],
  answer: null,
  message: '',
  totals: '',
  live: true,
  ...run,
});

export const aSawItem = (id: string, item: Partial<SawItemState> = {}): SawItemState => ({
  id,
  kind: 'result',
  title: id,
  tokens: 100,
  text: '',
  receipt: '',
  removable: true,
  ...item,
});
