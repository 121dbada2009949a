import type { CallState, Change, RunState, StepState } from '../protocol';

/** A step of which nothing is known but its number. */
export function newStep(number: number): StepState {
  return {
    number,
    status: 'writing',
    text: '',
    thinking: '',
    writing: '',
    notes: [],
    calls: [],
    elapsed_s: 0,
    cost: '',
    saw: '',
    only_answers: false,
  };
}

/**
 * The run after a change; what the change does not touch stays the same object, so that a view draws only the rest.
 *
 * Null where a piece of text does not join what is there: something was missed.
 */
export function apply(run: RunState, change: Change): RunState | null {
  switch (change.op) {
    case 'run':
      return { ...run, ...change.run, steps: run.steps };
    case 'step':
      return withStep(run, change.number, (step) => ({
        ...step,
        ...change.step,
        number: step.number,
        calls: step.calls,
      }));
    case 'call':
      return withStep(run, change.number, (step) => ({ ...step, calls: withCall(step.calls, change.call) }));
    case 'text': {
      const { number, field, at, text } = change;
      const before = run.steps.find((step) => step.number === number)?.[field] ?? '';
      if (before.length !== at) return null;
      return withStep(run, number, (step) => ({ ...step, [field]: before + text }));
    }
  }
}

/** The run after all changes, or null where one of them does not fit. */
export function applyAll(run: RunState, changes: Change[]): RunState | null {
  let after: RunState | null = run;
  for (const change of changes) {
    if (after === null) break;
    after = apply(after, change);
  }
  return after;
}

function withStep(run: RunState, number: number, change: (step: StepState) => StepState): RunState {
  const index = run.steps.findIndex((step) => step.number === number);
  const steps =
    index < 0
      ? [...run.steps, change(newStep(number))]
      : run.steps.map((step, i) => (i === index ? change(step) : step));
  return { ...run, steps };
}

function withCall(calls: CallState[], call: CallState): CallState[] {
  if (!calls.some((other) => other.id === call.id)) return [...calls, call];
  return calls.map((other) => (other.id === call.id ? call : other));
}
