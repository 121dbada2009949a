/**
 * What the kernel and the page say to each other about one run.
 *
 * The kernel's side is `rasgo_nb/widgets/` (`state.py` writes the states, `live.py` the messages). Golden files of
 * every message are in `tests/golden/protocol/`, read by pytest and vitest alike.
 *
 * A page says `hello` (again each second until it has its snapshot) and gets a `snapshot` that names it; from then on
 * `update`s, whose `seq` counts up by one. A page that misses one says `hello` again. Where a kernel reads no messages
 * while a cell runs, a page starts from the widget's trait `first`, a `Snapshot` to nobody as of the widget's making.
 * Requests carry an id and are answered by exactly one `reply`, errors too. Every text is data: it is shown as text,
 * never as HTML.
 */

import type { FactState, MemoryState, ProposalState, RecalledState, Scope } from './protocolMemory';
import type { NumberState } from './protocolTrace';

export type * from './protocolMemory';
export type * from './protocolTrace';

// --- states: the run as data, the same in the live view and in the saved notebook

/** MIME type of a `RunState` in a saved notebook. */
export const RUN_MIME = 'application/vnd.rasgo.run+json';

/** MIME type beside the others of an output that shows what the run above it shows too. Its data is empty. */
export const BESIDE_MIME = 'application/vnd.rasgo.beside+json';

export type RunStatus = 'running' | 'answered' | 'failed' | 'stopped';

export interface RunState {
  version: 1;
  id: string;
  question: string;
  model: string;
  connection: string;
  /** Why this model, where the person did not name it; often empty. */
  note: string;
  /** What else the person should know of the run: that it is not recorded, and why. */
  notes: string[];
  status: RunStatus;
  /** What the person once confirmed and the model was told beside the question. */
  recalled: RecalledState[];
  steps: StepState[];
  answer: AnswerState | null;
  /** Why a run ended without an answer: one line that ends with what to do. */
  message: string;
  /** One line: steps, time, tokens, money. Empty while the run goes on. */
  totals: string;
  /** Whether the kernel still knows the run, so that rows can be fetched and steps promoted. */
  live: boolean;
}

/** `writing`: the model's reply streams in. `waiting`: a call waits for the person. `broken`: the run ended in it. */
export type StepStatus = 'writing' | 'waiting' | 'running' | 'done' | 'failed' | 'broken';

export interface StepState {
  number: number;
  status: StepStatus;
  /** What the model said with the step, Markdown. */
  text: string;
  thinking: string;
  /** The name of the tool whose call is being written now. */
  writing: string;
  notes: string[];
  calls: CallState[];
  elapsed_s: number;
  /** Such as "1,204 tokens · 0.0021 USD"; empty where nothing is known. */
  cost: string;
  /** What the model was sent for it: "12 items, 4,210 tokens"; empty where nothing is known. */
  saw: string;
  /** The step did nothing but give the answer, which is shown by itself. */
  only_answers: boolean;
}

/** `waiting`: for the person's approval or reply. */
export type CallStatus = 'waiting' | 'running' | 'done' | 'failed' | 'refused';

export interface CallState {
  id: string;
  tool: string;
  status: CallStatus;
  /** One line that says what came of it, or the error. */
  outcome: string;
  elapsed_s: number;
  /** The arguments but code, on one line. */
  arguments: string;
  code: CodeState | null;
  approval: ApprovalState | null;
  /** The connection that the query went to, where the run has several; else empty. */
  connection: string;
  /** What the query would take, before it runs: "will bill 3.2 GB", "reads about 12 M rows"; else empty. */
  estimate: string;
  /** How far a running query is: "running 12 s · 1.2 M rows so far"; else empty. */
  progress: string;
  /** As the warehouse names the query in its history; else empty. */
  query_id: string;
  /** What should be known of the result: rows that a join repeated or lost. */
  remarks: string[];
  /** What the model did not see of the result, and why: a sentence, or empty. */
  withheld: string;
  /** A question to the person that has no reply yet. */
  question: QuestionState | null;
  outputs: OutputState[];
  body: BodyState | null;
  /** The further facts of an error: hints, near misses; else empty. */
  error: string;
}

export interface CodeState {
  language: 'sql' | 'python';
  /** As the model wrote it: what an edit starts from. */
  text: string;
  /** Laid out for reading; empty where it is no better than `text`. */
  formatted: string;
  /** Whether `text` is only a part: then it cannot be edited. */
  cut: boolean;
}

export interface ApprovalState {
  state: 'asked' | 'approved' | 'refused';
  /** What the call would do, gravest first: "rebinds `df`", "writes the file 'out.csv'". */
  effects: string[];
  /** By whom: "you", "you, always in this notebook", "policy"; empty while asked. */
  by: string;
  /** Why it was refused, as the model reads it. */
  reason: string;
  /** Whether the person changed the code before approving. */
  edited: boolean;
  /** Whether it can only be approved for this once, as what goes above a limit. */
  once: boolean;
}

export interface QuestionState {
  text: string;
  choices: string[];
}

export interface AnswerState {
  /** Markdown. */
  text: string;
  assumptions: string[];
  /** Numbers of the steps that it rests on. */
  steps: number[];
  /** Its numbers, in the order of the text. */
  numbers: NumberState[];
  /** "7 of 8 numbers traced to steps"; empty where it has none. */
  traced: string;
  /** The frames and figures that it names, the main one first. */
  bodies: BodyState[];
  /** Whether it rests on SQL, so that it can be saved as a verified query. */
  verifiable: boolean;
  /** The verified query that it was saved as; null where it was not, or is forgotten again. */
  verified: MemoryState | null;
  /** The eval case that it was saved as: "delays.yaml, case 4"; empty where it was not. */
  eval: string;
}

/** What a running call shows. Of a MIME bundle only kinds that cannot act: text, PNG, JPEG, Plotly, and frames. */
export type OutputState =
  | { kind: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { kind: 'error'; ename: string; evalue: string; traceback: string }
  | { kind: 'text'; text: string }
  | { kind: 'image'; mime: 'image/png' | 'image/jpeg'; base64: string }
  | { kind: 'figure'; figure: FigureState }
  | { kind: 'rows'; rows: RowsState };

/** What a tool found, drawn by a card of its own. */
export type BodyState =
  | { kind: 'hits'; hits: HitState[]; more: string }
  | { kind: 'tables'; tables: TableState[]; more: string }
  | { kind: 'profiles'; profiles: ProfileState[]; more: string }
  | { kind: 'rows'; rows: RowsState }
  | { kind: 'changes'; changes: ChangesState; value: RowsState | null }
  | { kind: 'figure'; figure: FigureState }
  | { kind: 'variables'; variables: VariableState[]; more: string }
  | { kind: 'reply'; text: string }
  /** A memory that waits for the person's yes, until it is decided. */
  | { kind: 'proposal'; proposal: ProposalState }
  /** A tool that is not ours: its result as text. */
  | { kind: 'plain'; text: string };

export interface HitState {
  table: string;
  /** "12,345 rows", "view", or empty. */
  rows: string;
  /** Why it matched. */
  why: string;
  comment: string;
  score: number;
  /** The columns that matched. */
  columns: string[];
  /** Of tables that are one but for a date or number: "365 tables, events_20240101 to events_20241231"; else empty. */
  family: string;
  facts: FactState[];
}

export interface TableState {
  name: string;
  kind: string;
  rows: string;
  comment: string;
  columns: ColumnState[];
  more: string;
  /** The first rows; null where none were read. */
  sample: RowsState | null;
  facts: FactState[];
  /** "partitioned by day · clustered by shop"; absent where it is not known. */
  layout?: string;
}

export interface ColumnState {
  name: string;
  type: string;
  /** "primary", "→ other.table", or empty. */
  key: string;
  nullable: boolean;
  comment: string;
}

export interface ProfileState {
  name: string;
  type: string;
  nulls: string;
  distinct: string;
  min: string;
  max: string;
  mean: string;
  /** Share of rows that are null, 0 to 1. */
  null_share: number;
  /** Shares of the highest bar, 0 to 1, with the label of each; empty for texts. */
  histogram: { label: string; share: number }[];
  top: { value: string; count: string; share: number }[];
}

export interface VariableState {
  name: string;
  type: string;
  summary: string;
}

export interface ChangesState {
  new: string[];
  rebound: string[];
  mutated: string[];
  deleted: string[];
  put_back: string[];
}

/**
 * A frame. `first` are its first rows as text, for the saved notebook and until the grid has its page. With an `id`
 * and a live kernel the rest is fetched by `rows` requests.
 */
export interface RowsState {
  id: string;
  /** The name in the user namespace; may be empty. */
  name: string;
  total: number;
  columns: { name: string; type: string; numeric: boolean }[];
  first: string[][];
  /** How it was cut, in a sentence; else empty. */
  note: string;
}

/** A Plotly figure. `spec` is null where it is too large to be sent with the state: `note` says so; `image` is a PNG then. */
export interface FigureState {
  id: string;
  name: string;
  spec: { data: unknown[]; layout: Record<string, unknown> } | null;
  image: string;
  note: string;
  /** What can be changed; null where the figure was not drawn from a frame by us. */
  encoding: EncodingState | null;
}

export interface EncodingState {
  dataframe: string;
  mark: string;
  x: string;
  y: string;
  color: string;
  title: string;
  /** What there is to choose from. */
  columns: string[];
  marks: string[];
}

// --- kernel to page

export type KernelMessage = Snapshot | Update | Reply;

export interface Snapshot {
  kind: 'snapshot';
  /** The page that said hello; others leave it alone. */
  to: string;
  seq: number;
  run: RunState;
}

export interface Update {
  kind: 'update';
  seq: number;
  changes: Change[];
}

/** What one update changes, in order. A step or call that is not there yet is added at the end. */
export type Change =
  /** Any fields of the run but its steps. */
  | { op: 'run'; run: Partial<Omit<RunState, 'steps'>> }
  /** Any fields of a step but its calls. */
  | { op: 'step'; number: number; step: Partial<Omit<StepState, 'number' | 'calls'>> }
  /** More of a step's text: `at` is the length before, in UTF-16 units; where it differs, the page says hello. */
  | { op: 'text'; number: number; field: 'text' | 'thinking'; at: number; text: string }
  /** A whole call. */
  | { op: 'call'; number: number; call: CallState };

/** The answer to a request. Binary answers come as the one buffer of the message. */
export type Reply =
  | { kind: 'reply'; to: string; id: number; ok: true; value: unknown }
  /** `error` is one line for the person. */
  | { kind: 'reply'; to: string; id: number; ok: false; error: string };

// --- page to kernel

export type PageMessage = { kind: 'hello'; page: string } | Request;

export type Request = { kind: 'request'; page: string; id: number } & Ask;

export type Ask =
  /** Stop the run. Value: null. */
  | { name: 'stop' }
  /** `code` is what to run instead, where the person edited it; else null. `always`: for these effects, in this notebook. Value: null. */
  | { name: 'approve'; call: string; always: boolean; code: string | null }
  | { name: 'refuse'; call: string; reason: string }
  /** The reply to a question of the model. Value: null. */
  | { name: 'answer'; call: string; text: string }
  /** A page of rows. Value: `RowsPage`; buffer: an Arrow IPC stream of the rows, one column for each of the frame's. */
  | { name: 'rows'; rows: string; start: number; count: number; view: RowsView }
  /** The rows of the view as text: CSV or TSV with a header. At most 100,000 rows as `copy`; as `file` all of them are written beside the notebook. Value: `{text, rows}` or `{path, rows}`, rows being how many they are. */
  | { name: 'export'; rows: string; view: RowsView; format: 'csv' | 'tsv' | 'parquet'; to: 'copy' | 'file' }
  /** Draw a figure anew. Value: `FigureState`. */
  | { name: 'chart'; figure: string; encoding: Omit<EncodingState, 'columns' | 'marks'> }
  /** The whole figure, where it was not sent with the state. Value: `FigureState`. */
  | { name: 'figure'; figure: string }
  /** What is known of a table. Value: `TableState`. */
  | { name: 'table'; table: string }
  /** Cells that do without a model what these steps did; empty for all. Value: `NewCell[]`. */
  | { name: 'promote'; steps: number[] }
  /** The cell that goes on from a step with other code. Value: `NewCell`. */
  | { name: 'edit'; step: number; call: string; code: string }
  /** All that the models saw for a step. Value: `SawState`. */
  | { name: 'saw'; step: number }
  /** The cell that asks again from a step on, without these items of what the model saw. Value: `NewCell`. */
  | { name: 'again'; step: number; without: string[] }
  /** Save the answer as a case of a suite. Value: `{eval}`, as in `AnswerState`. */
  | { name: 'save_eval' }
  /** Keep a proposed memory in these words. Value: `MemoryState`. */
  | { name: 'memory_keep'; proposal: string; text: string; scope: Scope }
  /** Value: null. */
  | { name: 'memory_drop'; proposal: string }
  /** Take a memory away; `memory_restore` brings it back. Value: null. */
  | { name: 'memory_forget'; memory: string }
  /** Value: `MemoryState`. */
  | { name: 'memory_restore'; memory: string }
  /** Save the answer as a verified query for this question. Value: `MemoryState`. */
  | { name: 'verify'; question: string; scope: Scope }
  /** Keep what the person wrote of a table, or of a column where that is named. Value: `MemoryState`. */
  | { name: 'note'; table: string; column: string; text: string; scope: Scope }
  /** A file of the package, such as plotly.js. Value: null; buffer: its bytes. */
  | { name: 'asset'; asset: 'plotly' };

export interface RowsView {
  sort: { column: number; descending: boolean }[];
  filters: Filter[];
}

/** `text` for `contains`, `equals`, `at_least`, `at_most` is read as the column's type; `is_null`, `not_null` take none. */
export interface Filter {
  column: number;
  test: 'contains' | 'equals' | 'at_least' | 'at_most' | 'is_null' | 'not_null';
  text: string;
}

export interface RowsPage {
  start: number;
  count: number;
  /** Rows of the view, after filters. */
  total: number;
}

export interface NewCell {
  cell_type: 'code' | 'markdown';
  source: string;
  metadata: Record<string, unknown>;
}

// --- page to labextension: CustomEvents that bubble and are composed; `preventDefault()` means that somebody acted

/** Insert cells below the one that holds the event's target. Not heard: the view copies the source to the clipboard. */
export const INSERT_CELLS = 'rasgo:insert-cells';
/** Insert a cell below and run it. Not heard: as above. */
export const RUN_CELL = 'rasgo:run-cell';

export interface InsertCells {
  cells: NewCell[];
}
