/** What is told of where numbers come from, and of what models saw. */

/** A number of the answer's text and where it comes from. `text` stands in the Markdown as it is here. */
export interface NumberState {
  text: string;
  /** Where it begins in the Markdown, in UTF-16 units; -1 where it was cut off. */
  at: number;
  how: 'found' | 'derived' | 'asked' | 'counted' | 'unverified';
  /** How it was made of values, for a person: "mean_delay of row 3 in step 2, rounded". */
  said: string;
  /** Step and tool call id of the best place; 0 and empty where there is none. */
  step: number;
  call: string;
  /** Where in the call's rows: a column's name and a row from 0; empty and -1 where it is not in rows. */
  column: string;
  row: number;
}

/** What the models were sent for one step: a list of calls, each with all that it saw. */
export interface SawState {
  step: number;
  calls: SawCallState[];
}

export interface SawCallState {
  /** Such as "3.1": the first call of step 3. */
  id: string;
  /** What it was for: the reply, a summary, or SQL that a tool had written. */
  purpose: 'reply' | 'summary' | 'sql';
  model: string;
  interface: string;
  /** "4,210 tokens in, 3,900 of them cached · 120 out · 1.2 s". */
  totals: string;
  items: SawItemState[];
  /** The bodies as they went over the wire, last try last; empty for models without one. */
  wire: { address: string; request: string; response: string; status: number; note: string }[];
}

export interface SawItemState {
  /** As `--without` takes it. */
  id: string;
  kind:
    | 'instructions'
    | 'tool'
    | 'question'
    | 'memory'
    | 'earlier'
    | 'thinking'
    | 'text'
    | 'call'
    | 'result'
    | 'image';
  title: string;
  tokens: number;
  text: string;
  /** What of the data it holds: "12 rows of carrier, delay; email masked"; empty where it holds none. */
  receipt: string;
  /** Whether the question can be asked again without it. */
  removable: boolean;
}
