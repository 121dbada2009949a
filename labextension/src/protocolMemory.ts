/** The part of `protocol.ts` about what people confirm and what the catalog knows. */

export type Scope = 'me' | 'notebook' | 'connection' | 'team';

export interface MemoryState {
  id: string;
  /** What is remembered; of a verified query its question. */
  text: string;
  scope: Scope;
  author: string;
  /** Such as "2026-11-23"; may be empty. */
  date: string;
  connection: string;
  tables: string[];
  columns: string[];
  /** The statement of a verified query; else empty. */
  sql: string;
}

export interface RecalledState {
  memory: MemoryState;
  why: string;
  /** Why it may no longer hold, a sentence each. */
  flags: string[];
  /** The person has removed it since. */
  forgotten: boolean;
}

export interface ProposalState {
  id: string;
  /** Cut where it is very long: only what is shown is kept. */
  text: string;
  cut: boolean;
  scope: Scope;
  tables: string[];
  columns: string[];
  /** The step that shows it; 0 where none was named. */
  step: number;
  decided: 'open' | 'kept' | 'dropped';
  /** What was kept of it; else null. */
  kept: MemoryState | null;
}

/** One thing that the catalog knows of a table. */
export interface FactState {
  /** description, synonym, join, query, note, … */
  kind: string;
  /** The column that it speaks of; empty for the table itself. */
  column: string;
  text: string;
  sql: string;
  /** dbt, history, memory, … and the place within it. */
  source: string;
  author: string;
  date: string;
  verified: boolean;
}
