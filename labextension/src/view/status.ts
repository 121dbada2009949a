import type { CallState, RunState, StepState } from '../protocol';

/** How each status is said and drawn. */
const WORDS = {
  writing: 'the model is writing',
  waiting: 'waits for you',
  running: 'is running',
  done: 'done',
  failed: 'failed',
  broken: 'broke off',
  refused: 'refused',
  answered: 'Answered.',
  stopped: 'Stopped.',
} as const;

export const word = (status: StepState['status'] | CallState['status']): string => WORDS[status];

/** What a screen reader is told of the run: it changes with a status, never with a piece of text. */
export function statusLine(run: RunState): string {
  if (run.status === 'failed') return `Failed. ${run.message}`;
  if (run.status !== 'running') return WORDS[run.status];
  const step = run.steps.at(-1);
  if (step === undefined) return 'The run has begun.';
  const call = step.calls.find((call) => call.status === step.status);
  return `Step ${step.number}${call ? `, ${call.tool},` : ''} ${WORDS[step.status]}.`;
}
