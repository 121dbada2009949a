/** The runs of a notebook in the order of its cells, from what is saved and what the kernel tells. No JupyterLab. */
import type { RunState } from '../protocol';
import type { LabState, RunRow } from './linkMessages';

export interface ListedRun {
  id: string;
  question: string;
  status: RunRow['status'];
  /** Such as "3 steps · 4.2 s". */
  facts: string;
  /** The index of its cell; -1 where it has none in the notebook. */
  cell: number;
}

/** What a cell holds: its id, and the runs saved in its outputs. */
export interface RunCell {
  id: string;
  runs: RunState[];
}

/** A run that the kernel knows says more than what was saved of it; those without a cell come last. */
export function listRuns(cells: readonly RunCell[], state: LabState | null): ListedRun[] {
  const known = new Map((state?.runs ?? []).map((row) => [row.id, row]));
  const listed: ListedRun[] = [];
  cells.forEach((cell, index) => {
    for (const run of cell.runs) {
      const row = known.get(run.id);
      known.delete(run.id);
      listed.push(row ? ofRow(row, index) : ofSaved(run, index));
    }
  });
  const cellOf = new Map(cells.map((cell, index) => [cell.id, index]));
  for (const row of known.values()) {
    const index = cellOf.get(row.cell) ?? -1;
    // A cell that ran again shows its last run only.
    const isOld = index >= 0 && listed.some((run) => run.cell === index && run.id !== row.id);
    if (!isOld || row.status === 'running') listed.push(ofRow(row, index));
  }
  const place = (run: ListedRun) => (run.cell < 0 ? cells.length : run.cell);
  return listed.sort((one, other) => place(one) - place(other));
}

function ofRow({ id, question, status, steps, elapsed_s }: RunRow, cell: number): ListedRun {
  return { id, question, status, facts: facts(steps, elapsed_s), cell };
}

function ofSaved({ id, question, status, steps }: RunState, cell: number): ListedRun {
  const elapsed = steps.reduce((sum, step) => sum + step.elapsed_s, 0);
  // Nothing goes on any more of what was saved while it went on, and that the kernel does not know.
  const ended = status === 'running' ? 'stopped' : status;
  return { id, question, status: ended, facts: facts(steps.length, elapsed), cell };
}

export function facts(steps: number, elapsed: number): string {
  const counted = `${steps} ${steps === 1 ? 'step' : 'steps'}`;
  if (elapsed <= 0) return counted;
  return `${counted} · ${elapsed < 60 ? `${elapsed.toFixed(1)} s` : minutes(elapsed)}`;
}

function minutes(elapsed: number): string {
  const whole = Math.round(elapsed);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A saved output may be anyone's: only what has the fields that are read here is a run. */
export function isRun(data: unknown): data is RunState {
  if (typeof data !== 'object' || data === null) return false;
  const { id, question, status, steps } = data as Record<string, unknown>;
  const isStatus = ['running', 'answered', 'failed', 'stopped'].includes(status as string);
  return typeof id === 'string' && typeof question === 'string' && isStatus && areSteps(steps);
}

function areSteps(steps: unknown): boolean {
  return (
    Array.isArray(steps) &&
    steps.every((step) => typeof (step as { elapsed_s?: unknown })?.elapsed_s === 'number')
  );
}
