/**
 * What a notebook's page and its kernel say to each other beside the runs' own widgets.
 *
 * The kernel's side is `rasgo_nb/lab_link.py`. The page opens a comm to the target `rasgo_nb`; a kernel without
 * the extension closes it at once, others tell their state, and tell it again whenever it has changed. Requests
 * carry an id and are answered by exactly one reply. Golden files: `tests/golden/protocol/lab_*.json`.
 */
import type { NewCell } from '../protocol';

export const LINK_TARGET = 'rasgo_nb';

// --- kernel to page

export type LinkMessage = { kind: 'state'; state: LabState } | LinkReply;

/** `error` is one line for the person. */
export type LinkReply =
  | { kind: 'reply'; id: number; ok: true; value: unknown }
  | { kind: 'reply'; id: number; ok: false; error: string };

export interface LabState {
  /** The runs of this kernel, oldest first. */
  runs: RunRow[];
  /** The id of the run that is under way; empty where there is none. */
  running: string;
  connections: ConnectionRow[];
  /** `name` is empty where no model can be used; `note` says why then, or why this one. */
  model: { name: string; note: string };
}

export interface RunRow {
  id: string;
  question: string;
  model: string;
  status: 'running' | 'answered' | 'failed' | 'stopped';
  steps: number;
  elapsed_s: number;
  /** The id of the cell that it was asked in; empty where that is not known. */
  cell: string;
}

export interface ConnectionRow {
  name: string;
  dialect: string;
  current: boolean;
  read_only: boolean;
  /** null where they were not counted yet. */
  tables: number | null;
}

// --- page to kernel

export type LinkRequest = { kind: 'request'; id: number } & LinkAsk;

export type LinkAsk =
  /** Stop the run that is under way. Value: null. */
  | { name: 'stop' }
  /** What the @name before the cursor can become; `flags` are those of the cell's `%%ask`. Value: `Completions`. */
  | { name: 'complete'; typed: string; flags: string }
  /** The cells that do without a model what the last run did. Value: `Promoted`. */
  | { name: 'promote' };

export interface Completions {
  items: CompletionRow[];
  /** False where there are more than were sent. */
  all: boolean;
}

/** `text` is what stands behind the @. */
export interface CompletionRow {
  text: string;
  kind: 'table' | 'view' | 'column' | 'variable';
  detail: string;
}

export interface Promoted {
  cells: NewCell[];
  /** The id of the cell that the run was asked in; empty where that is not known. */
  cell: string;
}
