/**
 * What a notebook's page and its kernel say to each other beside the runs' own widgets.
 *
 * The kernel's side is `rasgo_nb/lab/link.py`. The page opens a comm to the target `rasgo_nb`; a kernel without
 * the extension closes it at once, others tell their state, and tell it again whenever it has changed. Requests
 * carry an id and are answered by exactly one reply. Golden files: `tests/golden/protocol/lab_*.json`.
 */
import type { MemoryState, NewCell, RecalledState, Scope, TableState } from '../protocol';

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
  /** How much of the data a model may see: rows, stats, schema, … */
  privacy: string;
  /** How far the reading of its catalog is; null where none goes on. */
  crawl: CrawlState | null;
}

export interface CrawlState {
  /** What is read now. */
  stage: string;
  done: number;
  /** 0 where it is not known yet. */
  total: number;
}

// --- page to kernel

export type LinkRequest = { kind: 'request'; id: number } & LinkAsk;

export type LinkAsk =
  /** Stop the run that is under way. Value: null. */
  | { name: 'stop' }
  /** What the @name before the cursor can become; `flags` are those of the cell's `%%ask`. Value: `Completions`. */
  | { name: 'complete'; typed: string; flags: string }
  /** The cells that do without a model what the last run did. Value: `Promoted`. */
  | { name: 'promote' }
  /**
   * What the catalog of a connection has: of `path` (nothing, or a database and schema) from `start` on, or what is
   * found by words where `search` is not empty. Value: `CatalogPage`.
   */
  | { name: 'catalog'; connection: string; path: string[]; search: string; start: number }
  /** What is known of a table. Value: `CatalogTable`. */
  | { name: 'catalog_table'; connection: string; table: string }
  /** The memories in reach; those that the words find where there are any. Value: `MemoryPage`. */
  | { name: 'memories'; search: string }
  /** As of the same names in a run. */
  | { name: 'memory_forget'; memory: string }
  | { name: 'memory_restore'; memory: string }
  /** Value: `MemoryState`. */
  | { name: 'memory_edit'; memory: string; text: string }
  | { name: 'note'; connection: string; table: string; column: string; text: string; scope: Scope };

/** At most 50 rows. */
export interface CatalogPage {
  rows: CatalogRow[];
  start: number;
  total: number;
}

export type CatalogRow =
  | { kind: 'schema'; name: string; path: string[]; tables: number }
  /** `name` is what is asked for, `label` what is shown; `why` it was found. */
  | { kind: 'table'; name: string; label: string; detail: string; why: string }
  /** A metric, verified query or note; `table` is the first that it speaks of. */
  | { kind: 'fact'; name: string; label: string; detail: string; table: string };

export interface CatalogTable {
  table: TableState;
  /** What people keep of it: shown before the facts, and changed here. */
  notes: MemoryState[];
}

export interface MemoryPage {
  memories: RecalledState[];
  total: number;
}

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
